"""Whether a request body is what Sentinel Hub publishes: its OpenAPI, read as its README says.

Answers with the faults of a body; no HTTP, no pixels, and nothing of sitewatch.
"""

import copy
import json
import re
from pathlib import Path

from jsonschema import Draft202012Validator

FILE = "contracts/04-sentinelhub-api/eu-cdse/openapi.process-catalog-statistics.derived.json"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
SEARCH = [f"CatalogItemSearch{part}SearchBody" for part in ("", "Fields", "Filter", "Distinct")]


class Contract:
    """The published schemas."""

    def __init__(self, shared: Path) -> None:
        published = json.loads((shared / FILE).read_text())
        self._schemas = copy.deepcopy(published["components"]["schemas"])
        # every body matches several of the data sets in `oneOf`, and the names of outputs are a
        # list of examples: both are artefacts of the documentation (README of the contract)
        self._schemas["ProcessRequestInputData"]["items"] = {
            "$ref": "#/components/schemas/S2L2ADataset"
        }
        del self._schemas["ProcessRequestOutputResponse"]["properties"]["identifier"]["enum"]
        self._process = self._validator("ProcessRequest")
        self._searches = [self._validator(name) for name in SEARCH]
        self._feature = self._validator("CatalogItem")

    def faults_of_process(self, body: dict) -> list[str]:
        faults = _faults(self._process, body)
        if faults:
            return faults
        data = body["input"]["data"]
        faults += [f"{len(data)} data sets, expected one"] if len(data) != 1 else []
        faults += self._unknown(data[0], {"type", "id", "dataFilter", "processing"})
        faults += self._unknown(
            data[0].get("processing", {}), {"upsampling", "downsampling", "harmonizeValues"}
        )
        faults += self._unknown(
            data[0].get("dataFilter", {}), {"timeRange", "mosaickingOrder", "maxCloudCoverage"}
        )
        output = body["output"]
        faults += self._unknown(output, set(self._schemas["ProcessRequestOutput"]["properties"]))
        if not all(isinstance(output.get(side), int) for side in ("width", "height")):
            faults.append("width and height must be given")
        span = data[0].get("dataFilter", {}).get("timeRange", {})
        faults += [
            f"timeRange.{name} must be a full date-time, found {span.get(name)}"
            for name in ("from", "to")
            if not MOMENT.fullmatch(str(span.get(name)))
        ]
        return faults

    def faults_of_search(self, body: dict) -> list[str]:
        faults = [fault for validator in self._searches for fault in _faults(validator, body)]
        faults += [
            f"{name} is required" for name in ("collections", "datetime") if name not in body
        ]
        ends = str(body.get("datetime", "")).split("/")
        if len(ends) != 2 or not all(MOMENT.fullmatch(end) for end in ends):
            faults.append(f"datetime must be two date-times, found {body.get('datetime')}")
        if "next" in body and not isinstance(body["next"], int):
            faults.append("next must be a whole number")
        return faults

    def faults_of_feature(self, feature: dict) -> list[str]:
        return _faults(self._feature, feature)

    def _validator(self, name: str) -> Draft202012Validator:
        return Draft202012Validator(
            {"$ref": f"#/components/schemas/{name}", "components": {"schemas": self._schemas}}
        )

    @staticmethod
    def _unknown(part: dict, known: set[str]) -> list[str]:
        """Names that the schema has not: the service would ignore them without a word."""
        return [f"unknown field {name}" for name in part if name not in known]


def _faults(validator: Draft202012Validator, body: object) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(body)]
