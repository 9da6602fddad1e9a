import type { Attribute, Attributes } from "./attributes.ts";

/**
 * The header of a file as one of its frames has it. In an enhanced file what may differ between frames stands in functional
 * groups: those of the frame come before those that all frames share (PS3.3 C.7.6.16.1.2).
 */
export class FrameHeader {
  readonly file: Attributes;
  readonly #groups: readonly Attributes[];

  /** @param frame from 0 */
  constructor(file: Attributes, frame: number) {
    this.file = file;
    this.#groups = [file.items("perFrameFunctionalGroups")[frame], file.items("sharedFunctionalGroups")[0]].filter(
      (group) => group !== undefined,
    );
  }

  /** The items of a functional group; none in a file without such groups. */
  items(group: Attribute): Attributes[] {
    return this.#groups.map((groups) => groups.items(group)).find((items) => items.length > 0) ?? [];
  }

  /** Where the attributes of a functional group stand: in its first item, or, without it, in the file itself. */
  within(group: Attribute): Attributes {
    return this.items(group)[0] ?? this.file;
  }
}
