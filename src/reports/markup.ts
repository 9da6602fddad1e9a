class SafeText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** HTML or SVG that may stand in a page as it is. The tag `markup` alone makes it, so whatever came from outside has been escaped. */
export type Markup = SafeText;

/** What can be put into markup. `undefined` and `false` are nothing. */
export type Content = Markup | string | number | false | undefined | readonly Content[];

/** Escapes all that is put in and is no markup itself: `` markup`<td>${cell}</td>` ``. */
export function markup(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new SafeText(parts.reduce((text, part, i) => `${text}${toText(contents[i - 1])}${part}`));
}

function toText(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof SafeText) return content.toString();
  if (Array.isArray(content)) return content.map(toText).join("");
  return escapeMarkup(String(content));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** XML has no place for control characters, not even escaped; they become what stands for the unreadable. */
function escapeMarkup(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]).replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, "\ufffd");
}
