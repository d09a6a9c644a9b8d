// Renders templates of Temporal's images up to 1.29, as dockerize does: one JSON object a line.
//
// Source of the functions: jwilder/dockerize, template.go.
package main

import (
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

type context struct{ variables map[string]string }

func (c *context) Env() map[string]string { return c.variables }

func defaultValue(given any, otherwise string) string {
	if text, ok := given.(string); ok {
		return text
	}
	return otherwise
}

func main() {
	var jobs []struct {
		Template string
		Env      map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&jobs); err != nil {
		panic(err)
	}
	functions := template.FuncMap{
		"default": defaultValue, "lower": strings.ToLower, "split": strings.Split, "trim": strings.TrimSpace,
		"replace": strings.Replace,
	}
	rendered := []string{}
	for _, job := range jobs {
		var text strings.Builder
		parsed := template.Must(template.New("").Funcs(functions).Parse(job.Template))
		if err := parsed.Execute(&text, &context{job.Env}); err != nil {
			panic(err)
		}
		rendered = append(rendered, text.String())
	}
	if err := json.NewEncoder(os.Stdout).Encode(rendered); err != nil {
		panic(err)
	}
}
