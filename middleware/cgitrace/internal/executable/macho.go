//go:build dev

package executable

import (
	"debug/macho"
	"io"
)

// cut is what Mach-O's 16 bytes leave of the names that are longer.
var cut = map[string]string{
	"debug_str_offs": "debug_str_offsets",
	"debug_loclist":  "debug_loclists", // of "__zdebug_loclists"
	"debug_rnglist":  "debug_rnglists",
	"debug_str_off":  "debug_str_offsets",
	"debug_line_st":  "debug_line_str",
}

// readMachO lists the sections of a Mach-O file.
func readMachO(r io.ReaderAt) (sections map[string]section, slides bool, err error) {
	f, err := macho.NewFile(r)
	if err != nil {
		return nil, false, err
	}
	sections = make(map[string]section)
	for _, s := range f.Sections {
		name, compressed, ok := debug(s.Name, "__")
		if !ok || s.Seg != "__DWARF" {
			continue
		}
		if full, ok := cut[name]; ok {
			name = full
		}
		sections[name] = section{offset: uint64(s.Offset), size: s.Size, zlib: compressed}
	}
	return sections, f.Flags&macho.FlagPIE != 0, nil
}
