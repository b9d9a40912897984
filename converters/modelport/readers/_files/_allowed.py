"""What a pickle may name: the classes of the readers' own table and the internals that those classes' pickles need.

The internals were found by pickling the classes of the table, fitted in many ways, and collecting what the files name.
Besides those, only what an argument of such a class may be is listed: types of columns and of results, and the NumPy
functions that readers know; ``tests/files/test_allow_list.py`` loads a fitted model for each. Names that no installed
version writes any more are those of NumPy 1 (``numpy.core``) and of other versions of scikit-learn and pandas.

None of them calls a callable that it is given with anything but other entries of this list, imports by name, opens a
file or evaluates text; ``numpy.core._ufunc_reconstruct``, which imports any module that it is told to, is left out on
purpose.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from modelport.readers._table import PREDICTORS, SOURCES, TRANSFORMERS

__all__ = ["INTERNALS", "is_allowed", "resolve"]

_LOSSES = (
    "AbsoluteError ExponentialLoss HalfBinomialLoss HalfGammaLoss HalfMultinomialLoss HalfPoissonLoss HalfSquaredError "
    "HalfTweedieLoss HalfTweedieLossIdentity HuberLoss PinballLoss"
)
_CYTHON_LOSSES = " ".join(f"Cy{name} __pyx_unpickle_Cy{name}" for name in _LOSSES.split())

_BY_MODULE = {
    "builtins": "bool bytearray bytes float int object set slice str",
    "_codecs": "encode",
    "collections": "OrderedDict defaultdict",
    "copyreg": "_reconstructor",
    "functools": "partial",
    "joblib.numpy_pickle": "NumpyArrayWrapper",
    "numpy": (
        "dtype ndarray number integer floating bool_ bool object_ float32 float64 int8 int16 int32 int64 uint8 "
        "uint16 uint32 uint64 absolute fabs negative positive sqrt square reciprocal exp exp2 expm1 log log2 log10 "
        "log1p sign floor ceil rint sin cos tan arcsin arccos arctan sinh cosh tanh isnan"
    ),
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy.core.multiarray": "_reconstruct scalar",
    "numpy._core.numeric": "_frombuffer",
    "numpy.core.numeric": "_frombuffer",
    "numpy.ma": "MaskedArray",
    "numpy.ma.core": "MaskedArray _mareconstruct",
    "numpy.random._mt19937": "MT19937",
    "numpy.random._pcg64": "PCG64",
    "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
    "pandas": "NA",
    "pandas._libs.missing": "NA",
    "sklearn._loss._loss": _CYTHON_LOSSES,
    "_loss": _CYTHON_LOSSES,
    "sklearn._loss.link": "HalfLogitLink IdentityLink Interval LogLink LogitLink MultinomialLogit",
    "sklearn._loss.loss": _LOSSES,
    "sklearn.compose._column_transformer": "_RemainderColsList make_column_selector",
    "sklearn.dummy": "DummyClassifier DummyRegressor",
    "sklearn.ensemble._hist_gradient_boosting.binning": "_BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor": "TreePredictor",
    "sklearn.feature_selection._univariate_selection": "chi2 f_classif f_regression r_regression",
    "sklearn.feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
    "sklearn.linear_model._sgd_fast": (
        "EpsilonInsensitive Hinge Huber Log ModifiedHuber SquaredEpsilonInsensitive SquaredHinge SquaredLoss"
    ),
    "sklearn.metrics._scorer": "_PassthroughScorer",
    "sklearn.model_selection._split": "KFold StratifiedKFold ShuffleSplit StratifiedShuffleSplit",
    "sklearn.preprocessing._label": "LabelBinarizer LabelEncoder",
    "sklearn.tree._tree": "Tree",
    "sklearn.tree._classes": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
    "sklearn.utils._metadata_requests": "MetadataRequest MethodMetadataRequest",  # of splitters, in 1.6
    "sklearn.utils.validation": "check_array",
    "lightgbm.basic": "Booster",
    "xgboost.core": "Booster",
}

INTERNALS = frozenset((module, name) for module, names in _BY_MODULE.items() for name in names.split())
"""``(module, name)`` of everything allowed besides the classes of the readers' table."""

_UFUNC_MODULES = frozenset({"numpy.core._multiarray_umath", "numpy._core._multiarray_umath"})
_MOVED = {"_loss": "sklearn._loss._loss", "__builtin__": "builtins", "copy_reg": "copyreg"}
_RENAMED = {("__builtin__", "unicode"): "str", ("__builtin__", "long"): "int"}
"""What pickles of protocols 0 to 2 call them (Python's ``_compat_pickle``)."""


def is_allowed(module: str, name: str) -> bool:
    """Whether a file may name this global.

    A class of the readers' table counts in any module of its package, since modules move between versions;
    :func:`resolve` then checks that it really is that class.
    """
    module, name = _MOVED.get(module, module), _RENAMED.get((module, name), name)
    if (module, name) in INTERNALS or (module in _UFUNC_MODULES and ("numpy", name) in INTERNALS):
        return True
    return _is_reader_class(module, name)


def resolve(module: str, name: str) -> Any:
    """The object behind an allowed global.

    Raises:
        LookupError: It is not allowed, not there in the installed version, or a namesake of what is allowed.
    """
    if not is_allowed(module, name):
        raise LookupError(f"{module}.{name} is not allowed")
    module, name = _MOVED.get(module, module), _RENAMED.get((module, name), name)
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise LookupError(f"{module}.{name} is not in the installed version: {error}") from error
    if (module, name) in INTERNALS or module in _UFUNC_MODULES:
        return found
    if not (isinstance(found, type) and found.__module__ == module and found.__qualname__ == name):
        raise LookupError(f"{module}.{name} is not a class of that module")
    return found


def _is_reader_class(module: str, name: str) -> bool:
    key = (module.split(".")[0], name)
    return key in TRANSFORMERS or key in PREDICTORS or key in SOURCES
