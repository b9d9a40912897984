package io.modelport.bridge;

import java.util.List;

/** A model in one engine: one row in, one row out. Safe to call from many threads at once. */
interface RowScorer {

    /** The input fields, in the order of the values that {@link #score} takes. */
    List<ModelField> inputs();

    /** The results, in the order of the values that {@link #score} gives. */
    List<ModelField> results();

    /**
     * Scores one row.
     *
     * @param values a value for every input; null is missing
     * @return a value for every result; null is missing
     */
    Object[] score(Object[] values) throws Throwable;

    /** Whether the exception says that this row's values are at fault, not the model or the engine. */
    boolean blamesValues(Throwable failure);

    /** Whether the exception says that the engine cannot score this model at all. */
    boolean blamesModel(Throwable failure);
}
