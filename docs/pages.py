"""What MkDocs calls while it builds: the pages that are made of the program itself, and of the results it wrote.

So no page repeats by hand what a recipe, a measure or a verb says of itself, and none grows stale.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import commands_page
import measures_page
import recipe_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "eval" / "results"
ENHANCERS = ROOT / "eval" / "enhancers"
CARDS = ROOT / "audiogan" / "pretrained"
NOTEBOOKS = Path(__file__).parent / "notebooks"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made at this moment."""
    made = {
        "reference/recipe.md": recipe_page.page(),
        "reference/measures.md": measures_page.page(),
        "reference/commands.md": commands_page.page(),
    }
    for path in sorted([*RESULTS.glob("*.md"), *(ENHANCERS / "results").glob("*.md")]):
        made[f"results/{path.name}"] = f"# {path.stem}\n\n{path.read_text(encoding='utf-8')}"
    made["results/enhancers.md"] = (ENHANCERS / "README.md").read_text(encoding="utf-8")
    for path in sorted(CARDS.glob("*/README.md")):
        made[f"results/{path.parent.name}.md"] = path.read_text(encoding="utf-8")
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        made[f"notebooks/{path.stem}.md"] = notebook_page(path)
    for uri, content in made.items():
        files.append(File.generated(config, uri, content=content))
    for path in sorted(RESULTS.glob("*.json")):
        files.append(File.generated(config, f"results/{path.name}", abs_src_path=str(path)))
    return files


def notebook_page(path: Path) -> str:
    """What a notebook says and does, without what its cells put out, and where to get it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = []
    for cell in cells:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
    title, _, rest = "\n\n".join(parts).partition("\n")
    how = f"`pip install jupyterlab`, then `jupyter lab docs/notebooks/{path.name}` in the folder of audiogan's source."
    return f"{title}\n\n[The notebook]({path.name}). To run it: {how}\n{rest}\n"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links to the results lead to their pages; what says a block is not run is for the test alone."""
    markdown = re.sub(r"\]\((\.\./)?\.\./eval/results/", r"](\1results/", markdown)
    return re.sub(r"<!-- not run[^>]*-->\n", "", markdown)
