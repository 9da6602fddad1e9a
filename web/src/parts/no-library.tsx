import { WORDS } from "../words.ts";

/** How to come to a library. */
export function NoLibrary() {
  const { title, text, commands } = WORDS.empty;
  return (
    <section class="empty">
      <h1>{title}</h1>
      <p>{text}</p>
      <pre>{commands}</pre>
    </section>
  );
}
