/** How the page of the surface looks, in light and dark, down to the width of a phone. */
import { createHash } from "node:crypto";

export const style = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--block:#f4f6f8;--link:#0757b8;--get:#0b6b34;--change:#7a4a00;--end:#b1202a}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e9ec;--soft:#a3adb8;--line:#353c44;--block:#1e2328;--link:#7db7ff;--get:#6fd394;--change:#f0b860;--end:#ff8f8a}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{margin:0;font-size:1.5rem}
h2{margin:2rem 0 .5rem;font-size:1.2rem;text-transform:capitalize}
h3{margin:1rem 0 .25rem;font-size:1rem}
a{color:var(--link)}
code,pre{font:.875rem/1.45 ui-monospace,monospace}
pre{margin:.25rem 0;padding:.75rem;overflow-x:auto;background:var(--block);border-radius:.375rem;white-space:pre-wrap}
form{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0}
label{flex-basis:100%}
input,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:.375rem;padding:.5rem .75rem;min-height:2.75rem}
input{flex:1;min-width:10rem}
details{border-bottom:1px solid var(--line)}
summary{padding:.6rem 0;cursor:pointer;min-height:2.75rem}
details>div{padding:0 0 1rem 1rem}
.method{font-weight:700}.get{color:var(--get)}.post,.put,.patch{color:var(--change)}.delete{color:var(--end)}
.soft{color:var(--soft)}
ul{margin:.25rem 0;padding-left:1.25rem}
table{border-collapse:collapse}th,td{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
`;

/** Nothing is loaded and nothing runs; this one sheet is named by its digest. */
export const docsPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");
