//go:build dev

package explain_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func index(i, n any) string {
	return fmt.Sprintf("runtime error: index out of range [%v] with length %v", i, n)
}

func TestIndexOutOfRange(t *testing.T) {
	users := []*User{{}, {}}
	check(t, []row{
		{"return users[idx + total]", vars{"users": users, "idx": 1, "total": 3}, index(4, 2), "idx + total is 4, but len(users) is 2"},
		{"return users[\n idx + //!\n total]", vars{"users": users, "idx": 1, "total": 3}, index(4, 2), ""},
		{"return users[ //!\n idx +\n total]", vars{"users": users, "idx": 1, "total": 3}, index(4, 2), "idx + total is 4, but len(users) is 2"},
		{"users[7] = nil", vars{"users": users}, index(7, 2), "len(users) is 2; there is no element 7"},
		{"return users[limit]", vars{"users": users}, index(8, 2), "limit is 8, but len(users) is 2"},
		{"return users[Square - Kind(i) + 1]", vars{"users": users, "i": 1}, index(2, 2), "Square - Kind(i) + 1 is 2, but len(users) is 2"},
		{"const last = 5\nreturn users[last]", vars{"users": users}, index(5, 2), "last is 5, but len(users) is 2"},
		{"return users[len(users)]", vars{"users": users}, index(2, 2), "len(users) is 2, but len(users) is 2"},
		{"return users[len(users) - 1]", vars{"users": users[:0]}, "runtime error: index out of range [-1]", "len(users) - 1 is -1, and an index cannot be negative"},
		{"return s[i]", vars{"s": "abc", "i": 5}, index(5, 3), "i is 5, but len(s) is 3"},
		{"return \"abc\"[i]", vars{"i": 5}, index(5, 3), "i is 5, but len(\"abc\") is 3"},
		{"return a[i]", vars{"a": [3]int{}, "i": 5}, index(5, 3), "i is 5, but len(a) is 3"},
		{"return p[i]", vars{"p": &[3]int{}, "i": 5}, index(5, 3), "i is 5, but len(p) is 3"},
		{"return a[i]", vars{"a": [3]int{}, "i": uint64(1 << 63)}, index("9223372036854775808", 3), "i is 9223372036854775808, but len(a) is 3"},
		{"return a[i + 200]", vars{"a": [3]int{}, "i": uint8(100)}, index(44, 3), "i + 200 is 44, but len(a) is 3"}, // it wraps around
		{"return m[k][i]", vars{"m": map[string][]int{}, "k": "x", "i": 0}, index(0, 0), "i is 0, but len(m[k]) is 0"},
		{"return a[i] + b[j]", vars{"a": []int{1}, "b": []int{1}, "i": 0, "j": 3}, index(3, 1), "j is 3, but len(b) is 1"},
		{"return a[i] + b[j]", vars{"a": []int{1}, "b": []int{}, "i": 3, "j": 3}, index(3, 0), "j is 3, but len(b) is 0"},
		{"return a[b[i]]", vars{"a": []int{1}, "b": []int{9}, "i": 0}, index(9, 1), "b[i] is 9, but len(a) is 1"},
		{"return a[min(i, j)]", vars{"a": []int{1}, "i": 4, "j": 2}, index(2, 1), "min(i, j) is 2, but len(a) is 1"},
		{"return users[next()]", vars{"users": users}, index(4, 2), "next() was 4, but len(users) is 2"},
		{"return list()[i]", vars{"i": 4}, index(4, 2), "i is 4, but len(list()) is 2"},
		{"return list()[next()]", nil, index(4, 2), "next() was 4, but len(list()) is 2"},
		{"return users[next()].Roles[next()]", vars{"users": users}, index(4, 3), "next() was 4, but len(users[next()].Roles) is 3"},
		{"return users[next()].Roles[next()]", vars{"users": users}, index(4, 2), ""},
		{"return users[i]", vars{"users": users, "i": 1}, index(4, 2), ""},
		{"return users[i]", vars{"users": gone{}, "i": 4}, index(4, 2), "i is 4, but len(users) is 2"},
		{"return users[pin]", vars{"users": users, "pin": 1234}, index(1234, 2), "pin is REDACTED, but len(users) is 2"},
		{"users[i], i = nil, 0", vars{"users": users, "i": 0}, index(4, 2), ""},
		{"xs := a\n{\n\txs := xs[i].Roles //!\n}", vars{"xs": users, "i": 4}, index(4, 2), "i is 4, but len(xs) is 2"}, // xs is not the one on the left
		{"xs := a\n{\n\txs := xs[i].Roles //!\n}", vars{"xs@hidden": users, "i": 4}, index(4, 2), "i is 4, but len(xs) is 2"},
	})
}

func TestSliceOutOfRange(t *testing.T) {
	const text = "runtime error: slice bounds out of range "
	s := make([]int, 1, 3)
	check(t, []row{
		{"_ = s[i:]", vars{"s": s, "i": 3}, text + "[3:1]", "i is 3, but len(s) is 1"},
		{"_ = s[5:]", vars{"s": s}, text + "[5:1]", "len(s) is 1, less than 5"},
		{"_ = s[:i]", vars{"s": s, "i": 4}, text + "[:4] with capacity 3", "i is 4, but cap(s) is 3"},
		{"_ = s[:4]", vars{"s": s}, text + "[:4] with capacity 3", "cap(s) is 3, less than 4"},
		{"_ = s[1:i]", vars{"s": "abc", "i": 5}, text + "[:5] with length 3", "i is 5, but len(s) is 3"},
		{"_ = s[1:i]", vars{"s": [3]int{}, "i": 5}, text + "[:5] with length 3", "i is 5, but len(s) is 3"},
		{"_ = s[i:j]", vars{"s": s, "i": 2, "j": 1}, text + "[2:1]", "i is 2, but j is 1"},
		{"_ = s[2:j]", vars{"s": s, "j": 1}, text + "[2:1]", "j is 1, less than 2"},
		{"_ = s[i:1]", vars{"s": s, "i": 2}, text + "[2:1]", "i is 2, beyond the slice's end, 1"},
		{"_ = s[i:]", vars{"s": s, "i": -3}, text + "[-3:]", "i is -3, and a bound cannot be negative"},
		{"_ = s[:i - 4]", vars{"s": s, "i": 1}, text + "[:-3]", "i - 4 is -3, and a bound cannot be negative"},
		{"_ = s[0:1:i]", vars{"s": s, "i": 5}, text + "[::5] with capacity 3", "i is 5, but cap(s) is 3"},
		{"_ = s[0:j:i]", vars{"s": s, "i": 2, "j": 3}, text + "[:3:2]", "j is 3, but i is 2"},
		{"_ = s[j:i:3]", vars{"s": s, "i": 2, "j": 3}, text + "[3:2:]", "j is 3, but i is 2"},
		{"_ = s[next():]", vars{"s": s}, text + "[3:1]", "next() was 3, but len(s) is 1"},
		{"_ = list()[i:]", vars{"i": 3}, text + "[3:1]", "i is 3, but len(list()) is 1"},
		{"_ = s[strings.IndexByte(q, c) + 1:]", vars{"s": s, "q": "", "c": 'x'}, text + "[2:1]", "strings.IndexByte(q, c) + 1 was 2, but len(s) is 1"},
		{"_ = s[:strings.IndexByte(q, c)]", vars{"s": s, "q": "", "c": 'x'}, text + "[:-1]", "strings.IndexByte(q, c) was -1, and a bound cannot be negative"},
		{"_ = append(s[i:], r[i:]...)", vars{"s": s, "r": s[:0], "i": 1}, text + "[1:0]", "i is 1, but len(r) is 0"},
		{"_ = s[i:]", vars{"s": s, "i": 1}, text + "[3:1]", ""},
		{"_ = s[i:]", vars{"s": s, "i": 3}, text + "[:3] with capacity 1", ""},
	})
}

func TestArithmetic(t *testing.T) {
	const zero, negative = "runtime error: integer divide by zero", "runtime error: negative shift amount"
	check(t, []row{
		{"return total / count", vars{"total": 3, "count": 0}, zero, "count is 0; total / count divides by it"},
		{"return total % len(xs)", vars{"total": 3, "xs": []int{}}, zero, "len(xs) is 0; total % len(xs) divides by it"},
		{"total /= count", vars{"total": 3, "count": uint8(0)}, zero, "count is 0; total /= count divides by it"},
		{"return a +\n a / //!\n b", vars{"a": 3, "b": 0}, zero, "b is 0; a / b divides by it"},
		{"return a/b + c/(a-3)", vars{"a": 3, "b": 1, "c": 2}, zero, "a - 3 is 0; c / (a - 3) divides by it"},
		{"return f/g + a/b", vars{"f": 3.0, "g": 0.0, "a": 1, "b": 0}, zero, "b is 0; a / b divides by it"},
		{"return a / next()", vars{"a": 3}, zero, "next() was 0; a / next() divides by it"},
		{"return a / next() + a / next()", vars{"a": 3}, zero, "next() was 0; a / next() divides by it"},
		{"return a / next() + a / u.Age()", vars{"a": 3}, zero, ""},
		{"return b != 0 && a/b > 1 || a/c > 1", vars{"a": 3, "b": 0, "c": 0}, zero, "c is 0; a / c divides by it"},
		{"return 1 << n", vars{"n": -1}, negative, "n is -1; a shift cannot be by less than 0"},
		{"x >>= n - 3", vars{"n": 1, "x": 5}, negative, "n - 3 is -2; a shift cannot be by less than 0"},
		{"return 1 << u << n", vars{"n": -1, "u": uint(1)}, negative, "n is -1; a shift cannot be by less than 0"},
		{"return 1 << next()", nil, negative, "next() was negative; a shift cannot be by less than 0"},
	})
}

func TestStorage(t *testing.T) {
	const nilMap, length, capacity = "assignment to entry in nil map", "runtime error: makeslice: len out of range", "runtime error: makeslice: cap out of range"
	const why = "; it has to be made before something is stored in it"
	short := "runtime error: cannot convert slice with length 1 to array or pointer to array with length 2"
	check(t, []row{
		{`u.Keys["a"] = s`, vars{"u": &User{}, "s": ""}, nilMap, "u.Keys is a nil map (map[string]string)" + why},
		{`m[k]++`, vars{"m": map[string]int(nil), "k": ""}, nilMap, "m is a nil map (map[string]int)" + why},
		{`m["a"]["b"] = //!
			1`, vars{"m": map[string]map[string]int{}}, nilMap, `m["a"] is a nil map (map[string]int), for m has no such key` + why},
		{`m[n["x"]] = n["y"]`, vars{"m": map[int]int(nil), "n": map[string]int(nil)}, nilMap, "m is a nil map (map[int]int)" + why},
		{`a[k], b[k] = 1, 2`, vars{"a": map[int]int{}, "b": map[int]int(nil), "k": 1}, nilMap, "b is a nil map (map[int]int)" + why},
		{`config()["a"] = 1`, nil, nilMap, "config() was a nil map" + why},
		{"_ = make([]int, n)", vars{"n": -1}, length, "n is -1; make takes no negative size"},
		{"_ = make([]int, 0, n-m)", vars{"n": 1, "m": 2}, capacity, "the capacity n - m is -1; make takes no negative size"},
		{"_ = make([]int, 2, n)", vars{"n": 1}, capacity, "the capacity n is 1, less than the length, 2"},
		{"_ = make([]int, n)", vars{"n": int64(1 << 60)}, length, "n is 1152921504606846976; that many elements do not fit into memory"},
		{"_ = make(chan int, n)", vars{"n": -1}, "makechan: size out of range", "n is -1; make takes no negative size"},
		{"_, _ = make([]int, n), make(chan int, n)", vars{"n": -1}, "makechan: size out of range", "n is -1; make takes no negative size"},
		{"_ = make([]int, next())", nil, length, "next() was out of the range that make takes"},
		{"_ = [2]int(s)", vars{"s": []int{1}}, short, "len(s) is 1; [2]int needs 2"},
		{"_ = (*[2]int)(s)", vars{"s": []int{1}}, short, "len(s) is 1; (*[2]int) needs 2"},
		{"_ = [2]int(s[:1])", vars{"s": []int{1}}, short, "len(s[:1]) is 1; [2]int needs 2"},
		{"_ = [2]int(s)", vars{"s": []int{1, 2, 3}}, short, ""},
	})
}

func TestInterfaces(t *testing.T) {
	const text = "interface conversion: "
	var noStringer fmt.Stringer
	var asStringer fmt.Stringer = Kind(2)
	check(t, []row{
		{"_ = v.(int)", vars{"v": anyOf("x")}, text + "interface {} is string, not int", "v is a string, not an int"},
		{"_ = m[k].(string)", vars{"m": map[string]any{"a": 3}, "k": "a"}, text + "interface {} is int, not string", "m[k] is an int, not a string"},
		{"_ = m[k].(string)", vars{"m": map[string]any{"a": 3}, "k": "b"}, text + "interface {} is nil, not string", "m[k] is nil, not a string"},
		{"_ = v.(*User)", vars{"v": anyOf(User{})}, text + "interface {} is main.User, not *main.User", "v is a main.User, not a *main.User"},
		{"_ = s.(*User)", vars{"s": iface{&noStringer}}, text + "fmt.Stringer is nil, not *main.User", "s is nil, not a *main.User"},
		{"_ = v.(fmt.GoStringer)", vars{"v": anyOf(User{})}, text + "main.User is not fmt.GoStringer: missing method GoString", "v is a main.User, which has no method GoString and so is no fmt.GoStringer"},
		{"_ = v.(interface{ X() })", vars{"v": anyOf(User{})}, text + "main.User is not interface { X() }: missing method X", "v is a main.User, which has no method X and so is no interface { X() }"},
		{"_ = v.(fmt.GoStringer)", vars{"v": anyOf(nil)}, text + "interface is nil, not fmt.GoStringer", "v is nil, not a fmt.GoStringer"},
		{"_ = v.(int) + w.(int)", vars{"v": anyOf(1), "w": anyOf("x")}, text + "interface {} is string, not int", "w is a string, not an int"},
		{"_ = v.(int) + len(v.(string))", vars{"v": anyOf("x")}, text + "interface {} is string, not int", "v is a string, not an int"},
		{"x, ok := v.(int); _ = w.(int)", vars{"v": anyOf("x"), "w": anyOf("x"), "x": 1, "ok": true}, text + "interface {} is string, not int", "w is a string, not an int"},
		{"_ = next().(int)", nil, text + "interface {} is string, not int", "next() was a string, not an int"},
		{"_ = v.(int)", vars{"v": anyOf(1)}, text + "interface {} is string, not int", ""},
		{"_ = s.String()", vars{"s": iface{&asStringer}}, "value method main.Kind.String called using nil *Kind pointer", ""},
		{"m[v] = 1", vars{"m": map[any]int{}, "v": anyOf([]int{})}, "runtime error: hash of unhashable type []int", "v holds a []int, which cannot be the key of a map"},
		{"delete(m, v)", vars{"m": map[any]int{}, "v": anyOf([]int{})}, "runtime error: hash of unhashable type []int", "v holds a []int, which cannot be the key of a map"},
		{"m[next()] = 1", vars{"m": map[any]int{}}, "runtime error: hash of unhashable type []int", "next() held a []int, which cannot be the key of a map"},
		{"_ = v == w", vars{"v": anyOf(func() {}), "w": anyOf(1)}, "runtime error: comparing uncomparable type func()", "v holds a func(), which cannot be compared"},
		{"_ = v == w", vars{"v": anyOf(1), "w": anyOf(1)}, "runtime error: comparing uncomparable type func()", ""},
	})
}

func (k Kind) String() string { return fmt.Sprint(int(k)) }

func TestChannels(t *testing.T) {
	open, closed := make(chan int, 1), make(chan int)
	close(closed)
	check(t, []row{
		{"c <- 1", vars{"c": closed}, "send on closed channel", "c is closed (chan int); nothing can be sent on it"},
		{"c <- <-d", vars{"c": closed, "d": open}, "send on closed channel", "c is closed (chan int); nothing can be sent on it"},
		{"out() <- 1", nil, "send on closed channel", "out() was closed; nothing can be sent on it"},
		{"select { //!\ncase c <- 1:\ncase d <- 1:\ncase x := <-c:\n}", vars{"c": open, "d": closed}, "send on closed channel", "d is closed (chan int); nothing can be sent on it"},
		{"select { //!\ncase c <- 1:\ncase d() <- 1:\n}", vars{"c": gone{}}, "send on closed channel", ""},
		{"close(c)", vars{"c": (chan int)(nil)}, "close of nil channel", "c is nil (chan int); there is nothing to close"},
		{"close(c)", vars{"c": closed}, "close of closed channel", "c is closed already (chan int)"},
		{"close(c); close(d)", vars{"c": closed, "d": open}, "close of closed channel", "c is closed already (chan int)"},
		{"defer close(c)", vars{"c": closed}, "close of closed channel", ""},
		{"close(c)", vars{"c": gone{}}, "close of closed channel", "c was closed already"},
	})
}

func TestLibrary(t *testing.T) {
	check(t, []row{
		{"_ = strings.Repeat(s, n)", vars{"s": "", "n": -2}, "strings: negative Repeat count", "n is -2; Repeat takes no negative count"},
		{"_ = rand.Intn(len(xs))", vars{"xs": []int{}}, "invalid argument to Intn", "len(xs) is 0; the numbers below it are to choose from"},
		{"t := time.NewTicker(d)", vars{"d": 0}, "non-positive interval for NewTicker", "d is 0; a ticker needs an interval above 0"},
		{"_ = time.NewTicker(u.D())", vars{"u": User{}}, "non-positive interval for NewTicker", "u.D() was out of range; a ticker needs an interval above 0"},
		{"c, stop := context.WithCancel(ctx)", vars{"ctx": iface{new(context.Context)}}, "cannot create context from nil parent", "ctx is nil (context.Context); a context needs a parent"},
		{"wg.Done()", vars{"wg": gone{}}, "sync: negative WaitGroup counter", "wg counted less than 0: Done was called more often than Add had counted"},
	})
}

func TestThrown(t *testing.T) {
	failed := errors.New("no")
	err := iface{&failed}
	var noError error
	check(t, []row{
		{"f, err := os.Open(name)\nif err != nil {\n\tpanic(err) //!\n}", vars{"name": "x", "err": err}, "no", "err came from os.Open(name) on line 4"},
		{"if err := u.Save(); err != nil {\n\tpanic(fmt.Errorf(\"save: %w\", err)) //!\n}", vars{"err": err, "u": &User{}}, "no", "err came from u.Save() on line 4"},
		{"_, err := a()\nlog.Print(1)\n_, err = b()\nif err != nil {\n\tlog.Panic(err) //!\n}", vars{"err": err}, "no", "err came from b() on line 6"},
		{"_, err := a()\nb, err := b()\npanic(err)", vars{"err": err, "b": 1}, "no", "err came from b() on line 5"},
		{"_, err := a()\nif x {\n\t_, err := b()\n\t_ = err\n}\npanic(err) //!", vars{"err": err, "x": false}, "no", "err came from a() on line 4"},
		{"_, err := a()\nif x {\n\t_, err = b()\n}\npanic(err) //!", vars{"err": err, "x": false}, "no", ""},
		{"_, err := a()\nfor range 3 {\n\tif err != nil { panic(err) } //!\n\terr = b()\n}", vars{"err": err}, "no", ""},
		{"_, err := a()\ndefer func() { err = nil }()\npanic(err)", vars{"err": err}, "no", ""},
		{"var err error\ng := func() { err = nil }\n_, err = a()\ng()\npanic(err)", vars{"err": err}, "no", ""},
		{"_, err := a()\nif x {\n\terr := b()\n\t_, err := c()\n\t_ = err\n}\npanic(err) //!", vars{"err": err, "x": false}, "no", "err came from a() on line 4"},
		{"_, err := a()\nb(&err)\npanic(err)", vars{"err": err}, "no", ""},
		{"var err error = errors.New(\"x\")\npanic(err)", vars{"err": err}, "no", `err came from errors.New("x") on line 4`},
		{"err = connect(\"ada\", \"token\", \"abcdef\")\npanic(err)", vars{"err": err}, "no", `err came from connect("REDACTED", "REDACTED", "REDACTED") on line 4`},
		{"panic(err)", vars{"err": err}, "no", ""},
		{"panic(err)", vars{"err": iface{&noError}}, "panic called with nil argument (use GODEBUG=panicnil=1 to disable)", "err is nil (error); panic needs a value"},
		{"switch k {\ncase Circle:\ncase Square:\ndefault:\n\tpanic(\"unreachable\") //!\n}", vars{"k": Kind(7)}, "unreachable", "k is 7 (main.Kind), for which the switch has no case"},
		{"switch k {\ncase Circle, 7:\ndefault:\n\tpanic(\"unreachable\") //!\n}", vars{"k": Kind(7)}, "unreachable", ""},
		{"switch k {\ndefault:\n\tk = 3\n\tpanic(\"unreachable\") //!\n}", vars{"k": Kind(3)}, "unreachable", ""},
		{"switch op := u.Name; op {\ncase \"add\":\ndefault:\n\tpanic(\"bad\") //!\n}", vars{"op": "pow", "u": &User{}}, "bad", `op is "pow", for which the switch has no case`},
		{"switch next() {\ndefault:\n\tpanic(\"bad\") //!\n}", nil, "bad", ""},
		{"switch v.(type) {\ncase string:\ndefault:\n\tpanic(\"bad\") //!\n}", vars{"v": anyOf(3)}, "bad", "v is an int, for which the switch has no case"},
		{"switch x := v.(type) {\ncase string:\ndefault:\n\tpanic(x) //!\n}", vars{"v": anyOf(nil)}, "bad", "v is nil, for which the switch has no case"},
		{"if n < 0 {\n\tpanic(\"negative\") //!\n}", vars{"n": -3}, "negative", "n < 0, for n is -3"},
		{"if len(xs) != want || n < 0 {\n\tpanic(\"mismatch\") //!\n}", vars{"n": 1, "xs": []int{1}, "want": 2}, "mismatch", "len(xs) != want, for len(xs) is 1 and want is 2"},
		{"if n < 0 {\n} else {\n\tpanic(\"negative\") //!\n}", vars{"n": 3}, "negative", ""},
		{"u := find(3)\nif u == nil {\n\tpanic(\"nobody\") //!\n}", vars{"u": (*User)(nil)}, "nobody", "u is nil (*main.User); it came from find(3) on line 4"},
		{"u, ok := us[id]\nif !ok {\n\tpanic(\"nobody\") //!\n}", vars{"us": map[string]int{}, "id": "eve", "ok": false, "u": 0}, "nobody", `us has no key "eve"`},
		{"n, ok := v.(int)\nif !ok {\n\tpanic(\"bad\") //!\n}", vars{"v": anyOf("x"), "ok": false, "n": 0}, "bad", "v is a string, not an int"},
		{"if password != want {\n\tpanic(\"bad\") //!\n}", vars{"password": "hunter2", "want": "x"}, "bad", `password != want, for password is REDACTED and want is REDACTED`},
		{"panic(\"why not\")", nil, "why not", ""},
	})
}

func TestExpressions(t *testing.T) {
	ann := &User{Name: "ann", Profile: &Profile{}}
	for _, tt := range []struct {
		body string
		vars vars
		want string
	}{
		{"x := users[idx + total].Name", vars{"users": []*User{}, "idx": 1, "total": 3, "x": ""}, "users idx total idx + total"},
		{"_ = u.Profile.Address.Street + u.Name", vars{"u": ann}, "u u.Profile u.Profile.Address u.Name"},
		{"g(fmt.Sprint(\n\tu.Name, //!\n\tn/2,\n\tfunc() int { return n*3 },\n))", vars{"u": ann, "n": 5}, "u u.Name n n / 2"},
		{"if u.Name == s { //!\n\tn = 1\n}", vars{"u": ann, "n": 5, "s": "x"}, "u u.Name s"},
		{"for i := range len(users) + limit { //!\n}", vars{"users": []int{}, "i": 1}, "users len(users) limit len(users) + limit"},
		{"_ = Address{Street: u.Name}", vars{"u": ann}, "u u.Name"},
		{"_ = *p + m[\"a\"]", vars{"p": new(int), "m": map[string]int{}}, `p *p m m["a"] *p + m["a"]`},
		{"_ = f(password, 3)", vars{"password": "hunter2"}, "password=REDACTED"},
		{"_ = nil == u && true", vars{"u": ann}, "u"},
		{"return", nil, ""},
	} {
		src, line := text(tt.body, tt.vars)
		got := expressions(src, line, tt.vars)
		if got != tt.want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", tt.body, got, tt.want)
		}
	}
}

// expressions are those of a line, with their values where these are masked.
func expressions(src string, line int, vs vars) string {
	_, all := of(src, line, "", vs)
	var shown []string
	for _, x := range all {
		s := x.Source
		if x.Masked {
			s += "=" + x.Text
		}
		shown = append(shown, s)
	}
	return strings.Join(shown, " ")
}
