// Writes table.json: what Go's own text/template makes of each line of templates.txt with the data of data.json.
//
// Run it here with `go run main.go`. A line is a template, or a Go string that holds one if it begins with a
// quote; after "open " a missing key is <no value>, as it is for docker in maps whose keys are free.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"text/template"
)

type row struct {
	Template string `json:"template"`
	Open     bool   `json:"open,omitempty"`
	Text     string `json:"text"`
	Error    bool   `json:"error,omitempty"`
}

var functions = template.FuncMap{
	"json":     asJSON,
	"split":    strings.Split,
	"join":     join,
	"title":    strings.Title,
	"lower":    strings.ToLower,
	"upper":    strings.ToUpper,
	"pad":      pad,
	"truncate": truncate,
}

func main() {
	log.SetFlags(0)
	data := read()
	lines, err := os.ReadFile("templates.txt")
	check(err)
	rows := []row{}
	for _, line := range strings.Split(string(lines), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, made(line, data))
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	check(encoder.Encode(rows))
	check(os.WriteFile("table.json", out.Bytes(), 0o644))
}

// made is the row of one line.
func made(line string, data any) row {
	text, open := strings.CutPrefix(line, "open ")
	if strings.HasPrefix(text, `"`) {
		unquoted, err := strconv.Unquote(text)
		check(err)
		text = unquoted
	}
	option := "missingkey=error"
	if open {
		option = "missingkey=default"
	}
	made := row{Template: text, Open: open}
	parsed, err := template.New("row").Funcs(functions).Option(option).Parse(text)
	var out bytes.Buffer
	if err == nil {
		err = parsed.Execute(&out, data)
	}
	if err != nil {
		made.Error = true
		if os.Getenv("VERBOSE") != "" {
			log.Printf("%s\n    %v", text, err)
		}
	} else {
		made.Text = out.String()
	}
	return made
}

// read is the data, in the types that the Python side gives it.
func read() any {
	text, err := os.ReadFile("data.json")
	check(err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var data any
	check(decoder.Decode(&data))
	return typed(data)
}

func typed(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, err := strconv.Atoi(value.String()); err == nil {
			return whole
		}
		number, err := value.Float64()
		check(err)
		return number
	case []any:
		return typedList(value)
	case map[string]any:
		return typedMap(value)
	}
	return value
}

func typedList(values []any) any {
	texts, others := make([]string, 0, len(values)), make([]any, 0, len(values))
	for _, value := range values {
		if text, ok := value.(string); ok {
			texts = append(texts, text)
		}
		others = append(others, typed(value))
	}
	if len(texts) == len(values) {
		return texts
	}
	return others
}

func typedMap(values map[string]any) any {
	texts, others := map[string]string{}, map[string]any{}
	for key, value := range values {
		if text, ok := value.(string); ok {
			texts[key] = text
		}
		others[key] = typed(value)
	}
	if len(texts) == len(values) {
		return texts
	}
	return others
}

func asJSON(value any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSpace(out.String()), err
}

// join puts a separator between what a list holds, or between the sorted values of a map.
func join(values any, separator string) (string, error) {
	if values == nil {
		return "", nil
	}
	parts := []string{}
	switch held := reflect.ValueOf(values); held.Kind() {
	case reflect.Slice:
		for i := range held.Len() {
			parts = append(parts, fmt.Sprint(held.Index(i).Interface()))
		}
	case reflect.Map:
		for _, key := range held.MapKeys() {
			parts = append(parts, fmt.Sprint(held.MapIndex(key).Interface()))
		}
		sort.Strings(parts)
	default:
		return "", fmt.Errorf("no list: %T", values)
	}
	return strings.Join(parts, separator), nil
}

func pad(text string, before, after int) string {
	if text == "" {
		return text
	}
	return strings.Repeat(" ", before) + text + strings.Repeat(" ", after)
}

func truncate(text string, length int) string {
	if len(text) < length {
		return text
	}
	return text[:length]
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
