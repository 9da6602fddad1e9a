/** Windows in Hounsfield units, in common use (Radiopaedia, "Windowing (CT)"). */
export const CT_WINDOWS = {
  "ct-lung": { center: -600, width: 1500 },
  "ct-bone": { center: 400, width: 1800 },
  "ct-soft-tissue": { center: 50, width: 400 },
  "ct-brain": { center: 40, width: 80 },
} as const;
