// Takes a plot out of a page that `--report` has written, as an SVG file that stands for itself: for the pictures in docs/.
//     node scripts/figure.mjs report.html 1 > docs/figure.svg
import { readFileSync } from "node:fs";

const [path, place = "1"] = process.argv.slice(2);
const page = readFileSync(path, "utf8");
const [, style] = /<style>(.*?)<\/style>/s.exec(page);
const figure = [...page.matchAll(/<svg .*?<\/svg>/gs)].map(([svg]) => svg)[Number(place) - 1];
if (!figure) throw new Error(`${path} has no plot ${place}`);
process.stdout.write(`${figure.replace(/<desc>/, `<style>${style}</style><desc>`)}\n`);
