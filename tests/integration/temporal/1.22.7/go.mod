module example.invalid/temporal

go 1.26.8
