/** The types of `uplot.js`: uPlot's own. */
export { default } from "uplot";
