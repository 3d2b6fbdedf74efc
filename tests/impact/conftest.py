import pytest

import make
from impact.models import Metric


@pytest.fixture
def metric():
    metric = make.metric(city=make.city("Boston", state="MA"))
    return Metric.objects.get(pk=metric.pk)
