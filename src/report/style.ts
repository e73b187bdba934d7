/** The report's style sheet: one column of readable width, fonts of the system, prints well. */
export const STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #1d1d1f; font: 16px/1.6 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif; }
main { max-width: 54rem; margin: 0 auto; padding: 3.5rem 1.5rem 6rem; }
h1, h2, h3, nav, th, td, .verdict, .number, .byline, summary { font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 2.1rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.4rem; margin: 2.4rem 0 .7rem; padding-top: .9rem; border-top: 1px solid #d9d9de; }
h2, h3 { break-after: avoid; }
h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p, ul, dl { margin: .7rem 0; max-width: 44rem; }
.byline:empty { display: none; }
.byline { color: #606066; margin: 0 0 1.4rem; font-size: .95rem; }
.lead { font-size: 1.2rem; line-height: 1.5; }
.notice { border-left: 4px solid #d55e00; background: #fdf4ec; padding: .7rem 1rem; max-width: none; }
nav { font-size: .85rem; line-height: 1.7; margin: 1rem 0 0; padding: .45rem .9rem; background: #f6f6f8; border-radius: 6px; }
nav a { color: #0b4f7d; text-decoration: none; white-space: nowrap; }
nav a:not(:last-child)::after { content: "·"; color: #a0a0a8; padding: 0 .55rem; }
p a, li a, figcaption a { color: #0b4f7d; }
nav a:hover { text-decoration: underline; }
.verdicts { max-width: none; font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; font-size: .95rem; line-height: 2; }
.verdicts .verdict { font-size: .85rem; }
figure { margin: 1.6rem 0 2rem; break-inside: avoid; }
figure > svg { display: block; width: 100%; height: auto; }
figcaption, .caption { font-size: .9rem; line-height: 1.45; color: #45454a; text-align: left; }
figcaption { margin-top: .4rem; }
.number { font-weight: 600; color: #1d1d1f; font-size: .85rem; }
.table { margin: 1.4rem 0 1.8rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .84rem; line-height: 1.4; min-width: 60%; }
th, td { overflow-wrap: break-word; }
th:first-child, td:first-child { min-width: 10rem; }
.caption { margin: 0 0 .5rem; max-width: none; break-after: avoid; break-inside: avoid; }
th, td { padding: .28rem .8rem .28rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #ececf0; }
thead th { border-bottom: 2px solid #1d1d1f; font-weight: 600; vertical-align: bottom; }
tr { break-inside: avoid; }
thead { break-after: avoid; }
tbody tr:last-child td { border-bottom: 1px solid #1d1d1f; }
.right { text-align: right; font-variant-numeric: tabular-nums; padding-left: .6rem; padding-right: 0; }
td.right { white-space: nowrap; }
td .note { display: block; color: #606066; font-size: .76rem; margin-top: .1rem; overflow-wrap: anywhere; }
td .verdict { border-radius: .6rem; }
.finding { border: 1px solid #e0e0e6; border-radius: 6px; padding: .6rem 1rem; margin: .6rem 0; break-inside: avoid; }
.finding p { margin: 0 0 .3rem; max-width: none; }
.finding .details { color: #55555b; font-size: .88rem; }
.verdict { display: inline-block; font-size: .76rem; font-weight: 600; border-radius: 1rem; padding: .08rem .65rem; background: #ececf0; color: #333; }
.verdict.supported { background: #d7efe6; color: #00543c; }
.verdict.contradicted { background: #fbe0d0; color: #8a3c00; }
.verdict.depends { background: #f3e3ee; color: #6d2257; }
.verdict.suggests { background: #fff; color: #55555b; border: 1px solid #c9c9d0; }
.verdict.equivalent { background: #d9e9f5; color: #00446c; }
dl { max-width: none; columns: 2; column-gap: 2.4rem; font-size: .86rem; line-height: 1.45; }
dt { font-weight: 600; break-after: avoid; }
dd { margin: 0 0 .7rem; color: #45454a; break-inside: avoid; }
pre { background: #f6f6f8; padding: 1rem; overflow-x: auto; font: .8rem/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace; border-radius: 6px; columns: 2; }
details { border: 1px solid #e0e0e6; border-radius: 6px; margin: .6rem 0; padding: .55rem 1rem; }
summary { cursor: pointer; font-weight: 600; font-size: .95rem; break-after: avoid; }
math[display="block"] { margin: .9rem 0; overflow-x: auto; }
@media (max-width: 40rem) { dl, pre { columns: 1; } main { padding: 1.5rem 1rem 3rem; } }
@media screen and (max-width: 40rem) {
  figure { overflow-x: auto; }
  figure > svg { min-width: 42rem; }
  figcaption { position: sticky; left: 0; }
}
@media print {
  @page { margin: 14mm 15mm; }
  body { font-size: 10.5pt; line-height: 1.45; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  h1 { font-size: 18pt; }
  h2 { font-size: 14pt; }
  .lead { font-size: 12pt; }
  .verdicts { font-size: 10pt; line-height: 1.8; }
  .verdicts .verdict { font-size: 9pt; }
  figure { margin: .5rem 0 .8rem; }
  figure > svg { max-width: 172mm; }
  figcaption, .caption, .finding .details { font-size: 9.5pt; }
  .notice { padding: .4rem .8rem; }
  h2 { margin: 1.1rem 0 .4rem; padding-top: .4rem; }
  p, ul { max-width: none; }
  a { color: inherit; text-decoration: none; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; width: 100%; }
  th, td { padding: .18rem .5rem .18rem 0; }
  td { overflow-wrap: anywhere; }
  tbody tr:nth-child(-n+2) { break-after: avoid; }
  tbody tr:last-child { break-before: avoid; }
  th:first-child, td:first-child { min-width: 7rem; }
  h2 + p { break-after: avoid; }
  math[display="block"] { break-before: avoid; }
  p:has(+ math[display="block"]) { break-after: avoid; }
  .right, td.right { padding-left: .4rem; }
  td .note { font-size: 6.5pt; }
  td .verdict { font-size: 7pt; padding: .05rem .4rem; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; font-size: 7.5pt; }
  details { border: 0; padding: 0; }
  details::details-content { content-visibility: visible; display: block; }
  summary { list-style: none; font-size: 12pt; margin-top: 1rem; }
  .verdict { border: 1px solid #b0b0b8; overflow-wrap: normal; }
}
`;
