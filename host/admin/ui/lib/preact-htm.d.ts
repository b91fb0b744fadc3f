/** The types of `preact-htm.js`: Preact's own, and the template tag of htm. */
import type { VNode } from "preact";
export { h, render, Component, createContext } from "preact";
export {
  useState, useReducer, useEffect, useLayoutEffect, useRef, useImperativeHandle, useMemo, useCallback, useContext,
  useDebugValue, useErrorBoundary,
} from "preact/hooks";
export declare const html: (strings: TemplateStringsArray, ...values: any[]) => VNode<any>;
