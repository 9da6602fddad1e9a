import { useState } from "preact/hooks";
import { WORDS } from "../words.ts";

/** Copies the link to what is shown. */
export function CopyLink() {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    setCopied(true);
  };
  return (
    <button type="button" class="quiet" onClick={copy}>
      {isCopied ? WORDS.copied : WORDS.copyLink}
    </button>
  );
}
