// SPDX-License-Identifier: MIT
//
// Renders a Helm chart as `helm template` does, where there is no helm: text/template with the functions of
// sprig and those that a chart of this project uses of Helm's own.
//
//	render CHART VALUES.yaml…      values of later files count
//
// It prints one YAML stream, NOTES.txt as a comment; exit status 1 with the reason where a template fails.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

// files are those of the chart, by their path in it.
type files map[string][]byte

func (all files) Glob(pattern string) files {
	found := files{}
	for path, text := range all {
		if match, _ := filepath.Match(pattern, path); match {
			found[path] = text
		}
	}
	return found
}

func (all files) Get(path string) string { return string(all[path]) }

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}

func readYAML(path string) map[string]interface{} {
	text, err := os.ReadFile(path)
	fail(err)
	values := map[string]interface{}{}
	fail(yaml.UnmarshalStrict(text, &values))
	return values
}

// merge puts what stands in `over` above what stands in `base`, as Helm does: objects key by key, null removes.
func merge(base, over map[string]interface{}) {
	for key, value := range over {
		below, isObject := base[key].(map[string]interface{})
		above, isToo := value.(map[string]interface{})
		if isObject && isToo {
			merge(below, above)
		} else if value == nil {
			delete(base, key)
		} else {
			base[key] = value
		}
	}
}

func readChart(chart string) (files, []string) {
	all, templates := files{}, []string{}
	fail(filepath.Walk(chart, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		inside, _ := filepath.Rel(chart, path)
		text, err := os.ReadFile(path)
		all[inside] = text
		if strings.HasPrefix(inside, "templates/") {
			templates = append(templates, inside)
		}
		return err
	}))
	sort.Strings(templates)
	return all, templates
}

// upper is how templates name what Chart.yaml says: appVersion is .Chart.AppVersion.
func upper(chart map[string]interface{}) map[string]interface{} {
	named := map[string]interface{}{}
	for key, value := range chart {
		named[strings.ToUpper(key[:1])+key[1:]] = value
	}
	return named
}

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: render CHART VALUES.yaml…"))
	}
	chart := os.Args[1]
	values := readYAML(filepath.Join(chart, "values.yaml"))
	for _, path := range os.Args[2:] {
		merge(values, readYAML(path))
	}
	all, templates := readChart(chart)
	others := files{}
	for path, text := range all {
		if !strings.HasPrefix(path, "templates/") {
			others[path] = text
		}
	}

	root := template.New("chart").Option("missingkey=zero")
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["include"] = func(name string, data interface{}) (string, error) {
		var out bytes.Buffer
		err := root.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	functions["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, fmt.Errorf("%s", message)
		}
		return value, nil
	}
	functions["toYaml"] = func(value interface{}) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	root.Funcs(functions)
	for _, path := range templates {
		_, err := root.New(path).Parse(string(all[path]))
		fail(err)
	}

	data := map[string]interface{}{
		"Values": values,
		"Chart":  upper(readYAML(filepath.Join(chart, "Chart.yaml"))),
		"Files":  others,
		"Release": map[string]interface{}{
			"Name": "shop", "Namespace": "default", "Service": "Helm", "IsInstall": true, "Revision": 1,
		},
	}
	for _, path := range templates {
		if strings.HasPrefix(filepath.Base(path), "_") {
			continue
		}
		var out bytes.Buffer
		fail(root.ExecuteTemplate(&out, path, data))
		text := strings.ReplaceAll(out.String(), "<no value>", "")
		if strings.HasSuffix(path, ".txt") {
			text = "# " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n# ")
		}
		fmt.Printf("---\n# Source: %s\n%s\n", path, strings.TrimSpace(text))
	}
}
