package io.modelport.bridge;

import java.nio.DoubleBuffer;
import java.nio.IntBuffer;

/** A column of the caller, read row by row as the objects that the engines take. */
@FunctionalInterface
interface InputColumn {

    /** A field that the table does not have. */
    InputColumn MISSING = row -> null;

    /** The value of a row; null is missing. */
    Object at(int row);

    static InputColumn numbers(DoubleBuffer values, String dataType) {
        return switch (dataType) {
            case "integer" -> row -> whole(values.get(row));
            case "boolean" -> row -> truth(values.get(row));
            case "float" -> row -> single(values.get(row));
            default -> row -> real(values.get(row));
        };
    }

    static InputColumn text(IntBuffer codes, String[] categories) {
        return row -> {
            int code = codes.get(row);
            return code < 0 ? null : categories[code];
        };
    }

    private static Object real(double value) {
        return Double.isNaN(value) ? null : (Object) value;
    }

    private static Object single(double value) {
        return Double.isNaN(value) ? null : (Object) (float) value;
    }

    private static Object truth(double value) {
        return Double.isNaN(value) ? null : (Object) (value != 0);
    }

    /** A value that is no whole number stays what it is: to refuse it is the engine's part. */
    private static Object whole(double value) {
        if (value == (int) value) {
            return (int) value;
        }
        return value == (long) value ? (Object) (long) value : real(value);
    }
}
