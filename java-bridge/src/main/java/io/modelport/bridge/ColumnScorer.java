package io.modelport.bridge;

import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.util.List;

/** A model that scores whole columns: what a caller outside the JVM holds. Safe to call from many threads at once. */
public final class ColumnScorer {

    private final RowScorer scorer;

    private ColumnScorer(RowScorer scorer) {
        this.scorer = scorer;
    }

    /**
     * Loads a model.
     *
     * @param engine {@code pmml4s} or {@code jpmml}
     * @param pmml a PMML document that the caller has parsed and written anew: no DOCTYPE, no entities
     */
    public static ColumnScorer load(String engine, ByteBuffer pmml) throws Throwable {
        byte[] bytes = new byte[pmml.remaining()];
        pmml.get(bytes);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // The XML binding that JPMML uses finds its implementation through the context class loader, which is not
        // ours on a thread that was born outside the JVM.
        thread.setContextClassLoader(ColumnScorer.class.getClassLoader());
        try {
            return new ColumnScorer(open(engine, bytes));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static RowScorer open(String engine, byte[] pmml) throws Throwable {
        return switch (engine) {
            case "pmml4s" -> new Pmml4sScorer(pmml);
            case "jpmml" -> new JpmmlScorer(pmml);
            default -> throw new IllegalArgumentException("unknown engine " + engine + ": pmml4s or jpmml");
        };
    }

    /** The input fields. */
    public List<ModelField> inputs() {
        return scorer.inputs();
    }

    /** Everything that the engine returns. */
    public List<ModelField> results() {
        return scorer.results();
    }

    /**
     * Shares memory for blocks of rows.
     *
     * @param memory direct buffers: doubles and codes of the inputs, doubles and codes of the results
     * @param kinds for every result {@code numbers}, {@code text} or an empty text
     * @param capacity the most rows of a block
     */
    public Batch batch(ByteBuffer[] memory, String[] kinds, int capacity) {
        return new Batch(scorer, memory, kinds, capacity);
    }
}
