"""A QGIS project (.qgs) as XML: layers with relative paths and the styles that ship with sitewatch.

Written and checked for QGIS 3.22 and later; which layers there are is decided elsewhere.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET  # only written here; styles are our own files
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pyproj import CRS

from resources.models import Bounds

STYLES: Final = Path(__file__).parent / "qgis"
PROVIDERS: Final = {"vector": "ogr", "raster": "gdal"}


@dataclass(frozen=True, slots=True)
class QgisLayer:
    """A file as a layer.

    Attributes:
        name: for people.
        path: from the project's folder.
        kind: `vector` is polygons.
        epsg: of the file.
        style: name of one of our styles.
        rights: line of attribution.
        is_shown: switched on when the project opens.
    """

    name: str
    path: str
    kind: Literal["vector", "raster"]
    epsg: int
    style: str
    rights: str
    is_shown: bool = True


def project_xml(
    title: str, abstract: str, layers: Sequence[QgisLayer], *, view: Bounds, epsg: int
) -> bytes:
    """The project; the first layer lies on top.

    Args:
        title: of the window.
        abstract: shown in the project's properties; attribution and caution belong here.
        layers: top to bottom.
        view: what is shown first, in the CRS of the map.
        epsg: that CRS.
    """
    root = ET.Element("qgis", projectname=title, version="3.22.0-Białowieża")
    _add_text(root, "title", title)
    _add_crs(ET.SubElement(root, "projectCrs"), epsg)
    tree = ET.SubElement(root, "layer-tree-group")
    found = ET.SubElement(root, "projectlayers")
    order = ET.SubElement(root, "layerorder")
    for number, layer in enumerate(layers):
        layer_id = f"sitewatch_layer_{number}"  # QGIS renames ids of ten characters or fewer
        ET.SubElement(
            tree,
            "layer-tree-layer",
            id=layer_id,
            name=_xml_safe_text(layer.name),
            checked="Qt::Checked" if layer.is_shown else "Qt::Unchecked",
            expanded="0" if number else "1",
            source=layer.path,
            providerKey=PROVIDERS[layer.kind],
        )
        ET.SubElement(order, "layer", id=layer_id)
        found.append(_layer_element(layer, layer_id))
    _add_canvas(root, view, epsg)
    about = ET.SubElement(root, "projectMetadata")
    _add_text(about, "title", title)
    _add_text(about, "abstract", abstract)
    for rights in sorted({layer.rights for layer in layers}):
        _add_text(about, "rights", rights)
    properties = ET.SubElement(root, "properties")
    _add_text(ET.SubElement(properties, "Paths"), "Absolute", "false").set("type", "bool")
    projections = ET.SubElement(properties, "SpatialRefSys")
    _add_text(projections, "ProjectionsEnabled", "1").set("type", "int")
    ET.indent(root, " ")
    text: str = ET.tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{text}\n".encode()


def style_file(name: str) -> bytes:
    """One of our styles (.qml), as it may be laid beside a file of that name."""
    return (STYLES / f"{name}.qml").read_bytes()


def _layer_element(layer: QgisLayer, layer_id: str) -> ET.Element:
    """A layer of the project with its style in it."""
    found = ET.Element(
        "maplayer", type=layer.kind, autoRefreshEnabled="0", hasScaleBasedVisibilityFlag="0"
    )
    if layer.kind == "vector":
        found.set("geometry", "Polygon")
    _add_text(found, "id", layer_id)
    _add_text(found, "datasource", f"./{layer.path}")
    _add_text(found, "layername", _xml_safe_text(layer.name))
    _add_crs(ET.SubElement(found, "srs"), layer.epsg)
    _add_text(found, "attribution", layer.rights)
    provider = _add_text(found, "provider", PROVIDERS[layer.kind])
    if layer.kind == "vector":
        provider.set("encoding", "UTF-8")
    about = ET.SubElement(found, "resourceMetadata")
    _add_text(about, "rights", layer.rights)
    if layer.kind == "vector":
        found.set("labelsEnabled", "1")
    style = ET.fromstring(style_file(layer.style))  # noqa: S314 - our own file
    found.extend(part for part in style if part.tag != "layerGeometryType")
    return found


def _add_canvas(root: ET.Element, view: Bounds, epsg: int) -> None:
    """What the window shows first."""
    canvas = ET.SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    extent = ET.SubElement(canvas, "extent")
    for name, edge in (
        ("xmin", view.west),
        ("ymin", view.south),
        ("xmax", view.east),
        ("ymax", view.north),
    ):
        _add_text(extent, name, repr(edge))
    _add_crs(ET.SubElement(canvas, "destinationsrs"), epsg)


def _add_crs(parent: ET.Element, epsg: int) -> None:
    """A coordinate system; QGIS knows it by its definition, people by its code."""
    found = ET.SubElement(parent, "spatialrefsys", nativeFormat="Wkt")
    _add_text(found, "wkt", CRS.from_epsg(epsg).to_wkt())
    _add_text(found, "authid", f"EPSG:{epsg}")


def _add_text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    """A child with text."""
    child = ET.SubElement(parent, tag)
    child.text = _xml_safe_text(text)
    return child


def _xml_safe_text(text: str) -> str:
    """Text without the control characters that XML cannot hold; names come from watch lists."""
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n")
