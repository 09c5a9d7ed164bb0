package doctor

// What cannot be reached from outside but by luck, for tests.
var (
	Recognise = func(out string) (text, file string, line int) {
		if m := recognise([]byte(out)); m != nil {
			return m.text, m.file, m.line
		}
		return "", "", 0
	}
	ServerOf = serverOf
	Quote    = quote
)
