import { MedembedError } from "../../errors.ts";
import { spaceOf } from "../../library/vector-space.ts";
import type { Deployment } from "../deployment.ts";
import { type ExtraDeployments, KeptAdapters } from "./adapters/kept-adapters.ts";
import { Training } from "./adapters/training.ts";
import { LibraryApplications } from "./library-applications.ts";
import { PictureReading } from "./picture-reading.ts";
import { PictureRendering } from "./picture-rendering.ts";
import { SeriesSlices } from "./series-slices.ts";
import type { ServedLibrary } from "./served-library.ts";

/** The libraries behind one address. */
export class Libraries {
  readonly reading = new PictureReading();
  readonly applications = new LibraryApplications();
  readonly rendering = new PictureRendering();
  readonly slices = new SeriesSlices();
  readonly training = new Training(this.applications);
  readonly keptAdapters: KeptAdapters;
  #served: readonly ServedLibrary[];

  /** @param deployments that serve adapters of libraries */
  constructor(served: readonly ServedLibrary[], deployments: ExtraDeployments) {
    this.#served = served;
    this.keptAdapters = new KeptAdapters(deployments);
  }

  get all(): readonly ServedLibrary[] {
    return this.#served;
  }

  /** @throws MedembedError "no-library" */
  find(name: string): ServedLibrary {
    const found = this.#served.find((library) => library.name === name);
    if (!found) throw new MedembedError("no-library", "the endpoint has no library of that name");
    return found;
  }

  /** @throws MedembedError "warming-up" unless every library can serve */
  checkReady(): void {
    for (const library of this.#served) library.checkReady();
  }

  /** Other libraries from now on. @returns those that get no more calls, for the caller to close */
  replace(served: readonly ServedLibrary[]): ServedLibrary[] {
    const retired = this.#served.filter((library) => !served.includes(library));
    this.#served = served;
    return retired;
  }

  async close(): Promise<void> {
    const threads = [this.reading, this.applications, this.rendering, this.slices];
    await Promise.all([...this.#served, ...threads].map((one) => one.close()));
  }
}

/**
 * Opens libraries for the vectors of their deployments, which are loaded; those that are open are compared with them.
 * @throws MedembedError "usage" with the config's line and the reason
 */
export async function openLibraries(
  libraries: readonly ServedLibrary[],
  deployments: readonly Deployment[],
): Promise<void> {
  for (const library of libraries) {
    const deployment = deployments.find(({ name }) => name === library.config.deployment)!;
    await library.open(spaceOf(deployment.checkReady()));
  }
}
