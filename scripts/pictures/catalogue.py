"""The fixture pictures: what each shows, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from .develop import Scene
from .scenes import balloons, beach, desert_night, fruit, lighthouse, mountain_lake


@dataclass(frozen=True)
class Picture:
    """One picture; `grain` is the film's, in grey levels, and `seed` chooses its grains."""

    name: str
    description: str
    scene: Scene
    seed: int
    grain: float = 1.0
    prompts: tuple[str, ...] = ()


PICTURES = (
    Picture(
        "t-rex",
        "A green tyrannosaur in black sunglasses reclines on a striped sun lounger by the sea, "
        "a drink in its tiny hand, under a yellow parasol.",
        beach.scene,
        seed=1001,
        # The prompt of the provider's own page for the model.
        prompts=("A T-Rex relaxing on a beach, lying on a sun lounger and wearing sunglasses.",),
    ),
    Picture(
        "mountain-lake",
        "Snowy peaks in the first light of dawn stand mirrored in a still lake.",
        mountain_lake.scene,
        seed=1002,
    ),
    Picture(
        "fruit-and-jug",
        "A still life by a window: apples, oranges, a pear, a lemon and grapes around a blue jug "
        "on a wooden table.",
        fruit.scene,
        seed=1003,
    ),
    Picture(
        "lighthouse",
        "A red and white lighthouse on a rock throws its beam over a stormy green sea in the rain.",
        lighthouse.scene,
        seed=1004,
    ),
    Picture(
        "hot-air-balloons",
        "Bright hot-air balloons drift over a patchwork of fields, hedges and woods "
        "in morning light.",
        balloons.scene,
        seed=1005,
    ),
    Picture(
        "desert-night",
        "A lit tent among moonlit dunes under the Milky Way.",
        desert_night.scene,
        seed=1006,
    ),
)
