@rem Kith of this clone, on Windows.
@node "%~dp0apps\kith\bin\kith.mjs" %*
