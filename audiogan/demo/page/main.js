// The page: asks what the server offers and shows the parts there are models for.

import { setUpDenoising } from "./denoise.js";
import { setUpDrawing } from "./draw.js";
import { byId, complain } from "./elements.js";
import { models } from "./server.js";

try {
  const offered = await models();
  if (offered.denoisers.length) setUpDenoising(offered);
  if (offered.drawers.length) setUpDrawing(offered.drawers);
} catch (problem) {
  complain(byId("trouble"), problem);
}
document.documentElement.dataset.ready = "";
