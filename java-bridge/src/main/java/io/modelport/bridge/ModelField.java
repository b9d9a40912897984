package io.modelport.bridge;

/**
 * An input or a result of a model, as the engine describes it.
 *
 * @param name name of the column; null where the engine has none for the target
 * @param dataType the PMML data type, or an empty text where the engine knows none
 * @param target whether this is a field that the model predicts
 */
public record ModelField(String name, String dataType, boolean target) {}
