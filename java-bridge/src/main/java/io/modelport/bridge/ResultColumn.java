package io.modelport.bridge;

import java.nio.DoubleBuffer;
import java.nio.IntBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** A column of results in the caller's memory. */
@FunctionalInterface
interface ResultColumn {

    /** A result that nobody asked for. */
    ResultColumn UNWANTED = (row, value) -> {};

    /** Writes the value of a row; null is missing. */
    void set(int row, Object value);

    /** Forgets the texts of the table before. */
    default void begin() {}

    /** The texts that codes stand for. */
    default String[] categories() {
        return new String[0];
    }

    /** Numbers, and truth values as 0 and 1. */
    record Numbers(DoubleBuffer values) implements ResultColumn {

        @Override
        public void set(int row, Object value) {
            values.put(row, value == null ? Double.NaN : number(value));
        }

        private static double number(Object value) {
            if (value instanceof Number number) {
                return number.doubleValue();
            }
            String text = value.toString();
            return switch (text) {
                case "true" -> 1;
                case "false" -> 0;
                default -> Double.parseDouble(text);
            };
        }
    }

    /** Text, coded. */
    final class Text implements ResultColumn {

        private final IntBuffer codes;
        private final Map<String, Integer> positions = new LinkedHashMap<>();

        Text(IntBuffer codes) {
            this.codes = codes;
        }

        @Override
        public void set(int row, Object value) {
            codes.put(row, value == null ? -1 : position(value.toString()));
        }

        private int position(String text) {
            Integer position = positions.get(text);
            if (position == null) {
                position = positions.size();
                positions.put(text, position);
            }
            return position;
        }

        @Override
        public void begin() {
            positions.clear();
        }

        @Override
        public String[] categories() {
            return positions.keySet().toArray(String[]::new);
        }
    }
}
