package site

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// quiet is how wide the margin of a QR code is, in modules (ISO/IEC 18004 §6.3.8).
const quiet = 4

// drawQR draws a text for a camera, as SVG that needs no style: black on white in a dark
// page too, as not all cameras read it the other way round.
func drawQR(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("site: drawing a QR code: %w", err)
	}
	var b strings.Builder
	size := code.Size + 2*quiet
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="The key as a QR code" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, size, size, size, size)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := x
			for code.Black(run, y) { // which is false beyond the edge
				run++
			}
			if run > x {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run-x, run-x)
				x = run
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil
}
