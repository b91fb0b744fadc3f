/** A search box that tells what it holds when one has stopped typing; the address holds it too. */
import { html, useEffect, useRef, useState } from "../../core/html.js";
import { useSettled } from "../../core/load.js";
import { Search } from "../../views/filters.js";

/** @param {{value: string|undefined, onChange: (text: string|undefined) => void, label: string, placeholder: string}} props */
export function SearchBox({ value = "", onChange, label, placeholder }) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const settled = useSettled(text.trim(), 300);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (settled === told.current || settled !== text.trim()) return;
    told.current = settled;
    onChange(settled || undefined);
  }, [settled]);
  return html`<${Search} value=${text} onInput=${setText} label=${label} placeholder=${placeholder} />`;
}
