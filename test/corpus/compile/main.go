// Compiles OPA's own test cases to WASM: `compile v0|v1 FOLDER [NUMERATOR/DENOMINATOR]`.
//
// For each case, in the order of its note, standard output gets one line of JSON, `{"case": ..., "size": N}` or
// `{"case": ..., "error": "..."}`, and the N bytes of its module. The query is the module's only entrypoint: its result
// set is the query's, with its bindings.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/test/cases"
)

type compiled struct {
	Case cases.TestCase `json:"case"`
	// Input is the case's in Rego's notation, in which sets differ from arrays; empty when it is undefined.
	Input string `json:"input"`
	Size  int    `json:"size"`
	Error string `json:"error,omitempty"`
	wasm  []byte
}

func input(one cases.TestCase) (string, error) {
	if one.InputTerm != nil {
		term, err := ast.ParseTerm(*one.InputTerm)
		if err != nil {
			return "", err
		}
		return term.String(), nil
	}
	if one.Input == nil {
		return "", nil
	}
	value, err := ast.InterfaceToValue(*one.Input)
	if err != nil {
		return "", err
	}
	return value.String(), nil
}

var versions = map[string]ast.RegoVersion{"v0": ast.RegoV0, "v1": ast.RegoV1}

func compile(ctx context.Context, one cases.TestCase, version ast.RegoVersion) compiled {
	wasm, err := module(ctx, one, version)
	if err != nil {
		return compiled{Case: one, Error: err.Error()}
	}
	text, err := input(one)
	if err != nil {
		return compiled{Case: one, Error: err.Error()}
	}
	return compiled{Case: one, Input: text, Size: len(wasm), wasm: wasm}
}

func module(ctx context.Context, one cases.TestCase, version ast.RegoVersion) ([]byte, error) {
	capabilities := ast.CapabilitiesForThisVersion(ast.CapabilitiesExperimentalKeywords(one.ExperimentalKeywords))
	options := []func(*rego.Rego){
		rego.Query(one.Query),
		rego.SetRegoVersion(version),
		rego.Capabilities(capabilities),
	}
	for i, module := range one.Modules {
		options = append(options, rego.Module(fmt.Sprintf("module%d.rego", i), module))
	}
	result, err := rego.New(options...).Compile(ctx)
	if err != nil {
		return nil, err
	}
	return result.Bytes, nil
}

// slice keeps every case whose place is the numerator modulo the denominator.
func slice(all []cases.TestCase, numerator, denominator int) []cases.TestCase {
	var kept []cases.TestCase
	for i, one := range all {
		if i%denominator == numerator {
			kept = append(kept, one)
		}
	}
	return kept
}

func run(args []string) error {
	numerator, denominator := 0, 1
	if len(args) == 3 {
		if _, err := fmt.Sscanf(args[2], "%d/%d", &numerator, &denominator); err != nil {
			return fmt.Errorf("expected a slice such as 0/8: %w", err)
		}
	}
	if len(args) < 2 || denominator < 1 {
		return fmt.Errorf("usage: compile v0|v1 FOLDER [NUMERATOR/DENOMINATOR]")
	}
	version, known := versions[args[0]]
	if !known {
		return fmt.Errorf("expected v0 or v1, got %q", args[0])
	}
	set, err := cases.Load(args[1])
	if err != nil {
		return err
	}
	ctx := context.Background()
	all := slice(set.Sorted().Cases, numerator, denominator)
	// Each case has its own channel, so that they come in order however many are compiled at a time.
	results := make([]chan compiled, len(all))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0)+1)
	for i := range results {
		results[i] = make(chan compiled, 1)
	}
	go func() {
		for i, one := range all {
			slots <- struct{}{}
			go func() {
				results[i] <- compile(ctx, one, version)
			}()
		}
	}()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	lines := json.NewEncoder(out)
	for _, result := range results {
		one := <-result
		<-slots
		if err := lines.Encode(one); err != nil {
			return err
		}
		if _, err := out.Write(one.wasm); err != nil {
			return err
		}
	}
	return out.Flush()
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
