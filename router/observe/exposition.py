"""The metrics as Prometheus reads them; needs the package ``prometheus_client``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from router.observe.instruments import Counter, Gauge, Histogram, Labels
from router.observe.meters import Meters


class Exposition:
    """Writes the metrics of this process, as often as somebody asks."""

    def __init__(self, meters: Meters) -> None:
        """Adds the process's own: memory, CPU time, open files."""
        self._registry = CollectorRegistry()
        self._registry.register(_MetersCollector(meters))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def written(self, accept: str) -> tuple[bytes, str]:
        """The metrics and their content type, in the form that the header ``Accept`` asks for."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _MetersCollector(Collector):
    def __init__(self, meters: Meters) -> None:
        self._meters = meters

    def collect(self) -> Iterator[Metric]:
        read: dict[str, dict[Labels, float]] = {}
        for gauge, labels, value in self._meters.readings():
            read.setdefault(gauge.name, {})[labels] = value
        for instrument in self._meters.instruments():
            if isinstance(instrument, Histogram):
                yield _histogram(instrument)
            elif isinstance(instrument, Counter):
                yield _counter(instrument)
            else:
                values = {**instrument.values, **read.get(instrument.name, {})}
                yield _gauge(instrument, values.items())


def _counter(counter: Counter) -> Metric:
    family = CounterMetricFamily(counter.name, counter.text, labels=counter.label_names)
    for labels, value in tuple(counter.values.items()):  # a thread may add
        family.add_metric(labels, value)
    return family


def _gauge(gauge: Gauge, values: Iterable[tuple[Labels, float]]) -> Metric:
    family = GaugeMetricFamily(gauge.name, gauge.text, labels=gauge.label_names)
    for labels, value in values:
        family.add_metric(labels, value)
    return family


def _histogram(histogram: Histogram) -> Metric:
    family = HistogramMetricFamily(histogram.name, histogram.text, labels=histogram.label_names)
    bounds = [*(str(float(bound)) for bound in histogram.bounds), "+Inf"]
    for labels, spread in tuple(histogram.values.items()):
        buckets = zip(bounds, accumulate(spread.counts), strict=True)
        family.add_metric(labels, list(buckets), spread.total)
    return family
