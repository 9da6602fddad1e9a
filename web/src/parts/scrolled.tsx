import type { ComponentChildren } from "preact";

interface ScrolledProps {
  readonly label: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** What may be wider or longer than its place: by keys, too, it can be reached and moved. */
export function Scrolled({ label, class: kind = "", children }: ScrolledProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class={`scrolled ${kind}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
