package io.modelport.bridge;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A model in PMML4S.
 *
 * <p>PMML4S is reached by method handles, so that this bridge compiles with javac alone: a build has no need of the
 * PMML4S and Scala jars, which come with another wheel.
 */
final class Pmml4sScorer implements RowScorer {

    private final Object model;
    private final MethodHandle predict;
    private final List<ModelField> inputs;
    private final List<ModelField> results;

    Pmml4sScorer(byte[] pmml) throws Throwable {
        Class<?> type = Class.forName("org.pmml4s.model.Model");
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        model = lookup.findStatic(type, "fromBytes", MethodType.methodType(type, byte[].class)).invoke(pmml);
        predict = lookup.findVirtual(type, "predict", MethodType.methodType(Object[].class, Object.class))
                .asType(MethodType.methodType(Object[].class, Object.class, Object.class));
        Set<String> targets = Set.of((String[]) type.getMethod("targetNames").invoke(model));
        inputs = fields((Object[]) type.getMethod("inputFields").invoke(model), Set.of());
        results = fields((Object[]) type.getMethod("outputFields").invoke(model), targets);
    }

    private static List<ModelField> fields(Object[] fields, Set<String> targets) throws ReflectiveOperationException {
        List<ModelField> result = new ArrayList<>(fields.length);
        for (Object field : fields) {
            String name = (String) field.getClass().getMethod("name").invoke(field);
            String dataType = String.valueOf(field.getClass().getMethod("dataType").invoke(field));
            // Without an Output element PMML4S calls the prediction of y "predicted_y".
            boolean target = name.startsWith("predicted_") && targets.contains(name.substring("predicted_".length()));
            result.add(new ModelField(name, dataType, target));
        }
        return List.copyOf(result);
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
        Object[] row = (Object[]) predict.invokeExact(model, (Object) values);
        for (int i = 0; i < row.length; i++) {
            // PMML4S says "missing" of an integer by the least long.
            if (row[i] instanceof Long number && number == Long.MIN_VALUE) {
                row[i] = null;
            }
        }
        return row;
    }

    @Override
    public boolean blamesValues(Throwable failure) {
        return false;
    }

    @Override
    public boolean blamesModel(Throwable failure) {
        return false;
    }
}
