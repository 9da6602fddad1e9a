import { useState } from "preact/hooks";
import { WORDS } from "../words.ts";

interface CopyButtonProps {
  readonly text: string;
  readonly label: string;
}

/** Copies a text; nothing where the browser cannot, as on a page that came by plain HTTP from another machine. */
export function CopyButton({ text, label }: CopyButtonProps) {
  const [copied, setCopied] = useState<string>();
  if (!navigator.clipboard) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(text);
  };
  return (
    <button type="button" class="quiet" onClick={copy}>
      {copied === text ? WORDS.copied : label}
    </button>
  );
}
