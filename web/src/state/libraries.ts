import { computed, signal } from "@preact/signals";
import { type Library, listLibraries } from "../server/calls.ts";
import { address } from "./address.ts";

/** Undefined until the server has told. */
export const libraries = signal<readonly Library[] | undefined>(undefined);

/** The one that the address names, else the first. */
export const library = computed(
  () => libraries.value?.find(({ name }) => name === address.value.library) ?? libraries.value?.[0],
);

/** @throws as `ask` */
export async function loadLibraries(signal: AbortSignal): Promise<void> {
  libraries.value = await listLibraries(signal);
}
