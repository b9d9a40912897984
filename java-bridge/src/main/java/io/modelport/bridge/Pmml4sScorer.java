package io.modelport.bridge;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
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
    private final MethodHandle asArray;
    private final MethodHandle series;
    private final MethodHandle[] values;
    private final Object missing;
    private final boolean hasPredicates;
    private final Class<?> valueType;
    private final List<ModelField> inputs;
    private final List<ModelField> results;

    Pmml4sScorer(byte[] pmml) throws Throwable {
        Class<?> type = Class.forName("org.pmml4s.model.Model");
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        model = lookup.findStatic(type, "fromBytes", MethodType.methodType(type, byte[].class)).invoke(pmml);
        if (!asksForTargets((Object[]) type.getMethod("outputFields").invoke(model))) {
            // Adds the prediction to the outputs of a document that asks for some.
            type.getMethod("setSupplementOutput", boolean.class).invoke(model, true);
        }
        hasPredicates = new String(pmml, StandardCharsets.ISO_8859_1).contains("SimplePredicate");
        Class<?> seriesType = Class.forName("org.pmml4s.data.Series");
        predict = lookup.findVirtual(type, "predict", MethodType.methodType(seriesType, seriesType))
                .asType(MethodType.methodType(Object.class, Object.class, Object.class));
        asArray = lookup.findVirtual(seriesType, "asArray", MethodType.methodType(Object[].class))
                .asType(MethodType.methodType(Object[].class, Object.class));
        valueType = Class.forName("org.pmml4s.data.DataVal");
        missing = valueType.getMethod("NULL").invoke(null);
        Object[] inputFields = (Object[]) type.getMethod("inputFields").invoke(model);
        values = valueHandles(lookup, inputFields);
        series = seriesHandle(lookup, type.getMethod("inputSchema").invoke(model));
        Set<String> targets = Set.of((String[]) type.getMethod("targetNames").invoke(model));
        inputs = fields(inputFields, Set.of());
        results = fields((Object[]) type.getMethod("outputFields").invoke(model), targets);
    }

    /** Whether the document has the output fields that our Python half adds for the targets. */
    private static boolean asksForTargets(Object[] fields) throws ReflectiveOperationException {
        return fields(fields, Set.of()).stream().anyMatch(field -> field.name().startsWith("modelport:target:"));
    }

    /** For each input what makes a value of its type of a Java object. */
    private MethodHandle[] valueHandles(MethodHandles.Lookup lookup, Object[] fields)
            throws ReflectiveOperationException {
        Class<?> conversions = Class.forName("org.pmml4s.util.Utils$");
        Class<?> dataType = Class.forName("org.pmml4s.common.DataType");
        MethodHandle convert = lookup.findVirtual(conversions, "toDataVal",
                MethodType.methodType(valueType, Object.class, dataType))
                .bindTo(conversions.getField("MODULE$").get(null));
        MethodHandle[] handles = new MethodHandle[fields.length];
        for (int i = 0; i < handles.length; i++) {
            Object type = fields[i].getClass().getMethod("dataType").invoke(fields[i]);
            handles[i] = MethodHandles.insertArguments(convert, 1, type)
                    .asType(MethodType.methodType(Object.class, Object.class));
        }
        return handles;
    }

    private MethodHandle seriesHandle(MethodHandles.Lookup lookup, Object schema) throws ReflectiveOperationException {
        Class<?> arrayType = valueType.arrayType();
        Class<?> schemaType = Class.forName("org.pmml4s.common.StructType");
        MethodHandle create = lookup.findConstructor(Class.forName("org.pmml4s.data.GenericSeriesWithSchema"),
                MethodType.methodType(void.class, arrayType, schemaType));
        return MethodHandles.insertArguments(create, 1, schema)
                .asType(MethodType.methodType(Object.class, Object[].class));
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

    /**
     * {@inheritDoc}
     *
     * <p>PMML4S can also take an array of Java objects, but then reads a missing integer as the least long and a
     * missing truth value as false; so the values are made here, where missing is a value of its own.
     */
    @Override
    public Object[] score(Object[] row) throws Throwable {
        Object[] typed = (Object[]) Array.newInstance(valueType, row.length);
        for (int i = 0; i < row.length; i++) {
            typed[i] = row[i] == null ? missing : (Object) values[i].invokeExact(number(row[i]));
        }
        Object result = (Object) predict.invokeExact(model, (Object) series.invokeExact(typed));
        Object[] results = (Object[]) asArray.invokeExact(result);
        for (int i = 0; i < results.length; i++) {
            // It says "missing" of an integer by the least long in results, too.
            if (results[i] instanceof Long number && number == Long.MIN_VALUE) {
                results[i] = null;
            }
        }
        return results;
    }

    /**
     * A float as PMML4S had best see it, which computes and compares in doubles. The constants of predicates on float
     * fields stand in most documents as floats print (0.1, not 0.10000000149011612); beside those the number that this
     * float prints as compares as the floats themselves would. In a document without predicates it is the float's value.
     */
    private Object number(Object value) {
        return hasPredicates && value instanceof Float single ? (Object) Double.parseDouble(single.toString()) : value;
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
