"""What the tests of whole runs share."""

from tests.threads import one_thread as one_thread
