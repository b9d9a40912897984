package io.modelport.bridge;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A model in JPMML-Evaluator.
 *
 * <p>JPMML-Evaluator is under the AGPL. It is never on the compile class path of this project nor shipped with it: who
 * has installed it is served through the few public methods that its documentation shows, found by name at run time.
 */
final class JpmmlScorer implements RowScorer {

    private static final String PACKAGE = "org.jpmml.evaluator.";

    private final Object evaluator;
    private final MethodHandle evaluate;
    private final MethodHandle decode;
    private final MethodHandle[] prepare;
    private final Class<?> valueException;
    private final Class<?> markupException;
    private final List<ModelField> inputs;
    private final List<ModelField> results;

    JpmmlScorer(byte[] pmml) throws Throwable {
        Class<?> builderType = Class.forName(PACKAGE + "LoadingModelEvaluatorBuilder");
        Object builder = builderType.getConstructor().newInstance();
        builderType.getMethod("load", InputStream.class).invoke(builder, new ByteArrayInputStream(pmml));
        evaluator = builderType.getMethod("build").invoke(builder);
        Class<?> type = Class.forName(PACKAGE + "Evaluator");
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        evaluate = lookup.findVirtual(type, "evaluate", MethodType.methodType(Map.class, Map.class))
                .asType(MethodType.methodType(Map.class, Object.class, Map.class));
        decode = lookup.findStatic(Class.forName(PACKAGE + "EvaluatorUtil"), "decode",
                MethodType.methodType(Object.class, Object.class));
        valueException = Class.forName(PACKAGE + "EvaluationException");
        markupException = Class.forName("org.jpmml.model.MarkupException");
        List<?> inputFields = (List<?>) type.getMethod("getInputFields").invoke(evaluator);
        prepare = prepareHandles(lookup, inputFields);
        inputs = fields(inputFields, false);
        results = new ArrayList<>(fields((List<?>) type.getMethod("getTargetFields").invoke(evaluator), true));
        results.addAll(fields((List<?>) type.getMethod("getOutputFields").invoke(evaluator), false));
    }

    private static MethodHandle[] prepareHandles(MethodHandles.Lookup lookup, List<?> fields) throws Exception {
        Class<?> type = Class.forName(PACKAGE + "InputField");
        MethodHandle prepare = lookup.unreflect(type.getMethod("prepare", Object.class));
        MethodHandle[] handles = new MethodHandle[fields.size()];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = prepare.bindTo(fields.get(i)).asType(MethodType.methodType(Object.class, Object.class));
        }
        return handles;
    }

    private static List<ModelField> fields(List<?> fields, boolean target) throws ReflectiveOperationException {
        Class<?> type = Class.forName(PACKAGE + "ModelField");
        List<ModelField> result = new ArrayList<>(fields.size());
        for (Object field : fields) {
            Object dataType = type.getMethod("getDataType").invoke(field);
            String value = dataType == null ? "" : (String) dataType.getClass().getMethod("value").invoke(dataType);
            result.add(new ModelField((String) type.getMethod("getName").invoke(field), value, target));
        }
        return result;
    }

    @Override
    public List<ModelField> inputs() {
        return inputs;
    }

    @Override
    public List<ModelField> results() {
        return results;
    }

    @Override
    public Object[] score(Object[] values) throws Throwable {
        Map<String, Object> arguments = new HashMap<>(2 * values.length);
        for (int i = 0; i < values.length; i++) {
            arguments.put(inputs.get(i).name(), (Object) prepare[i].invokeExact(values[i]));
        }
        Map<?, ?> record = (Map<?, ?>) (Map) evaluate.invokeExact(evaluator, (Map) arguments);
        Object[] row = new Object[results.size()];
        for (int i = 0; i < row.length; i++) {
            row[i] = (Object) decode.invokeExact((Object) record.get(results.get(i).name()));
        }
        return row;
    }

    @Override
    public boolean blamesValues(Throwable failure) {
        return valueException.isInstance(failure);
    }

    @Override
    public boolean blamesModel(Throwable failure) {
        return markupException.isInstance(failure);
    }
}
