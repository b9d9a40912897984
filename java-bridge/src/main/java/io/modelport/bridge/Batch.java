package io.modelport.bridge;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * Blocks of rows being scored, column by column, in memory that the caller shares with us: nothing is copied at the
 * boundary and rows exist inside the JVM only. Used by one thread at a time, for table after table.
 *
 * <p>The memory is four buffers in native byte order: doubles and 32-bit codes of the inputs, doubles and codes of the
 * results. In each, the column at a position begins at element {@code position * capacity}.
 */
public final class Batch {

    private final RowScorer scorer;
    private final int capacity;
    private final DoubleBuffer inputNumbers;
    private final IntBuffer inputCodes;
    private final InputColumn[] inputs;
    private final ResultColumn[] results;
    private long failures;
    private long failuresOfValues;
    private String firstFailure;

    /**
     * Shares memory.
     *
     * @param kinds for every result, {@code numbers} (truth values as 0 and 1, NaN is missing), {@code text} (positions
     *     in {@link #categories}, -1 is missing) or an empty text for one that is not wanted
     * @param capacity the most rows of a block
     */
    Batch(RowScorer scorer, ByteBuffer[] memory, String[] kinds, int capacity) {
        this.scorer = scorer;
        this.capacity = capacity;
        inputNumbers = memory[0].order(ByteOrder.nativeOrder()).asDoubleBuffer();
        inputCodes = memory[1].order(ByteOrder.nativeOrder()).asIntBuffer();
        DoubleBuffer numbers = memory[2].order(ByteOrder.nativeOrder()).asDoubleBuffer();
        IntBuffer codes = memory[3].order(ByteOrder.nativeOrder()).asIntBuffer();
        inputs = new InputColumn[scorer.inputs().size()];
        results = new ResultColumn[kinds.length];
        for (int i = 0; i < kinds.length; i++) {
            results[i] = switch (kinds[i]) {
                case "numbers" -> new ResultColumn.Numbers(numbers.slice(i * capacity, capacity));
                case "text" -> new ResultColumn.Text(codes.slice(i * capacity, capacity));
                default -> ResultColumn.UNWANTED;
            };
        }
        begin();
    }

    /** Begins a table: every input is missing until given, and no row has failed. */
    public void begin() {
        Arrays.fill(inputs, InputColumn.MISSING);
        for (ResultColumn result : results) {
            result.begin();
        }
        failures = 0;
        failuresOfValues = 0;
        firstFailure = null;
    }

    /**
     * Says that an input is numbers, NaN being missing.
     *
     * @param dataType {@code integer}, {@code boolean} or {@code float}: what to make of the doubles
     */
    public void numbers(int position, String dataType) {
        inputs[position] = InputColumn.numbers(inputNumbers.slice(position * capacity, capacity), dataType);
    }

    /** Says that an input is text: the codes are positions in the categories, negative ones are missing. */
    public void text(int position, String[] categories) {
        inputs[position] = InputColumn.text(inputCodes.slice(position * capacity, capacity), categories);
    }

    /**
     * Scores the first {@code rows} rows of the memory. A row on which the engine throws is missing in every result.
     *
     * @throws Throwable an exception that says that the engine cannot score the model at all
     */
    public void score(int rows) throws Throwable {
        for (int row = 0; row < rows; row++) {
            try {
                Object[] values = new Object[inputs.length];
                for (int i = 0; i < inputs.length; i++) {
                    values[i] = inputs[i].at(row);
                }
                write(row, scorer.score(values));
            } catch (Exception e) {
                if (scorer.blamesModel(e)) {
                    throw e;
                }
                write(row, new Object[results.length]);
                fail(e);
            }
        }
    }

    private void write(int row, Object[] values) {
        for (int i = 0; i < results.length; i++) {
            results[i].set(row, values[i]);
        }
    }

    private void fail(Exception failure) {
        failures++;
        if (scorer.blamesValues(failure)) {
            failuresOfValues++;
        }
        if (firstFailure == null) {
            firstFailure = failure.toString();
        }
    }

    /** The texts that a result's codes stand for, of all blocks since {@link #begin}. */
    public String[] categories(int position) {
        return results[position].categories();
    }

    /** How many rows have failed since {@link #begin}. */
    public long failures() {
        return failures;
    }

    /** How many rows have failed, since {@link #begin}, through their own values. */
    public long failuresOfValues() {
        return failuresOfValues;
    }

    /** What the engine said of the first row that failed; null if none did. */
    public String firstFailure() {
        return firstFailure;
    }
}
