package middlewaretest

// contractChecks run the layer under package lint.
func contractChecks() []check { return nil }
