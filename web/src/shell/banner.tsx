import { connection } from "../state/connection.ts";
import { WORDS } from "../words.ts";

/** Says when the server does not serve; its place is always there, so that screen readers hear of it. */
export function Banner() {
  const state = connection.value;
  return (
    <div class="banner" role="status">
      {state !== "open" && <p>{WORDS.server[state]}</p>}
    </div>
  );
}
