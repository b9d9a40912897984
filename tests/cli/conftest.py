"""Running the command line within the test's own process."""

import pytest

from modelport.cli import main


@pytest.fixture
def run(capfdbinary):
    """Run a command; gives its exit status, standard output and standard error."""

    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        out, err = capfdbinary.readouterr()
        return left.value.code, out.decode(), err.decode()

    return call
