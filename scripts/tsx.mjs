// `node --import ./scripts/tsx.mjs` runs TypeScript in worker threads too; `--import tsx` alone reaches the main thread only.
import { register } from "tsx/esm/api";

register();
