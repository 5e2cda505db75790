/** How a report looks: on a screen, on A4, and without colours (a badge is also a word). */
export const css = `@page { size: A4; margin: 14mm 15mm 16mm }
:root { --ink: #17202a; --soft: #52606d; --line: #d9dee4; --ground: #f4f6f8; --good: #0b6b2d; --bad: #a11212; --warn: #7a4b00; --accent: #1f4e79 }
* { box-sizing: border-box }
body { font: 10.5pt/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); background: var(--ground); margin: 0 }
main { max-width: 210mm; margin: 0 auto; padding: 12mm 15mm; background: #fff }
header { border-bottom: 2pt solid var(--accent); padding-bottom: 4mm; margin-bottom: 5mm }
header p { margin: 0; color: var(--soft) }
.brand { font-size: 9pt; letter-spacing: .08em; text-transform: uppercase; color: var(--accent); font-weight: 700 }
h1 { font-size: 21pt; line-height: 1.15; margin: 1mm 0 1.5mm }
h2 { font-size: 13pt; margin: 9mm 0 2mm; padding-bottom: 1mm; border-bottom: .6pt solid var(--line); break-after: avoid }
h3 { font-size: 10.5pt; margin: 0; overflow-wrap: anywhere }
p { margin: 1mm 0 2mm }
.verdict { border-left: 4pt solid; padding: 3mm 4mm; margin: 0 0 4mm; background: var(--ground); break-inside: avoid }
.verdict.good { border-color: var(--good) } .verdict.bad { border-color: var(--bad) } .verdict.warn { border-color: var(--warn) }
.verdict strong { font-size: 13pt; display: block } .verdict p { margin: 0; color: var(--soft) }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 3mm; margin: 0 0 4mm; padding: 0 }
.tiles div { border: .6pt solid var(--line); border-radius: 1.5mm; padding: 2.5mm 3mm; break-inside: avoid }
.tiles dt { color: var(--soft); font-size: 8.5pt } .tiles dd { margin: 0; font-size: 16pt; font-weight: 650; font-variant-numeric: tabular-nums }
table { border-collapse: collapse; width: 100%; margin: 2mm 0 5mm; font-size: 8.8pt }
caption { text-align: left; font-weight: 650; padding: 1mm 0; break-after: avoid }
th { color: var(--soft); font-weight: 600; font-size: 8.2pt }
th, td { border-bottom: .6pt solid var(--line); padding: 1.2mm 2mm; text-align: left; vertical-align: top; overflow-wrap: anywhere }
thead { display: table-header-group } tr { break-inside: avoid }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.w { white-space: nowrap }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 0 8mm; align-items: start }
.bar { position: relative; display: block; min-width: 26mm; text-align: right; padding: 0 1mm }
.bar i { position: absolute; inset: 0 0 0 auto; background: #dbe7f3; border-radius: .6mm }
.bar b { position: relative; font-weight: 600; font-variant-numeric: tabular-nums }
.badge { display: inline-block; border: .6pt solid; border-radius: 1mm; padding: 0 1.6mm; font-size: 8.4pt; font-weight: 650; white-space: nowrap }
.badge.good { color: var(--good) } .badge.bad { color: var(--bad) } .badge.warn { color: var(--warn) } .badge.plain { color: var(--soft) }
.case { border: .6pt solid var(--line); border-radius: 1.5mm; padding: 3mm 4mm; margin: 0 0 3mm; break-inside: avoid }
.case p { margin: .5mm 0; color: var(--soft); font-size: 9pt; overflow-wrap: anywhere }
.case ol { margin: 1.5mm 0 0; padding: 0 0 0 5mm; border-left: 1.5pt solid var(--line); list-style: none; font-size: 9pt }
.case li { margin: .8mm 0; overflow-wrap: anywhere } .case time, .case .seq { color: var(--soft) }
.id { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .92em; overflow-wrap: anywhere }
.good { color: var(--good) } .bad { color: var(--bad) } .warn { color: var(--warn) } .none { color: var(--soft) }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 8.4pt/1.4 ui-monospace, "DejaVu Sans Mono", monospace; background: var(--ground); padding: 3mm; margin: 2mm 0 }
footer { margin-top: 8mm; padding-top: 2mm; border-top: .6pt solid var(--line); color: var(--soft); font-size: 8.4pt }
@media screen and (max-width: 700px) { main { padding: 5mm } .w { white-space: normal } .two { grid-template-columns: 1fr } .tiles { grid-template-columns: 1fr 1fr } }
@media print { body { background: #fff; -webkit-print-color-adjust: exact; print-color-adjust: exact } main { padding: 0; max-width: none } }`;
