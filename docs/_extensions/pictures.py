"""An extension of Sphinx: pictures that are part of their page, and so follow its theme."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.typing import ExtensionMetadata


class InlinePictures(SphinxPostTransform):
    """Replaces each image that is an SVG file with the file itself.

    A code host shows the same line of Markdown as an image. There, the file takes its colour from
    the reader's system; on a page, ``site.css`` lets it take that of the text.
    """

    default_priority = 10
    formats = ("html",)

    def run(self) -> None:
        """Read the file of each image."""
        for image in list(self.document.findall(nodes.image)):
            path = Path(self.app.srcdir, image["uri"])
            if path.suffix == ".svg":
                image.replace_self(nodes.raw("", path.read_text(), format="html"))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the transform."""
    app.add_post_transform(InlinePictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
