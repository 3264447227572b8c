#!/usr/bin/env bash
# Members that hand out a reference, a pointer or a view of their object must not do so from a temporary. Usage: accessors.sh SOURCE_DIR
#
# In C++20 `for (auto x : result().part())` destroys the result before the loop begins. So a const member that returns a reference, a
# pointer, a span or a view says `const&`, and beside it stands the same member for temporaries, `&&`, which returns a value or is deleted.
# Left out are the rooms and headers of the numerics, whose objects live inside a model, private members, what is in `detail`, and static and free functions.
set -u
cd "$1/include/eirnn" || exit 1
numerics='model/(area_list|batch_memory|dense_area|dense_outputs|dense_stage|engine|grid_area|grid_outputs|grid_stage|map_build|maps|memory|parameter_set|parameters|recorder|runner|schedule|stage|units)\.hpp'
result='(const [A-Za-z_:<>, ]+(&|\*)|std::span<[^>]*>|std::string_view)'
found=0 bad=0
while IFS=: read -r file line text; do
    name=$(sed -E "s/^ +$result *([a-z_]+)\(.*/\3/" <<<"$text")
    found=$((found + 1))
    if ! grep -qE "\) const& (noexcept )?\{" <<<"$text"; then
        echo "include/eirnn/$file:$line: $name() can be called on a temporary, whose part it returns; say const&"
        bad=1
    elif ! grep -qE "\b$name\([^)]*\) && (noexcept )?(\{|= delete)" "$file"; then
        echo "include/eirnn/$file:$line: $name() lacks the member for temporaries, &&"
        bad=1
    fi
done < <(find core linalg model train task analysis io spec -name '*.hpp' | grep -vE "^$numerics$" | sort | xargs awk '
    FNR == 1                        { inside = 0; hidden = 0 }
    /^namespace (EIRNN_NAMESPACE::)?detail/  { inside = 1 }
    /^}  \/\/ namespace/            { inside = 0 }
    /^(class|struct) .*\{/          { hidden = 0 }
    /^(private|protected):/         { hidden = 1 }
    /^public:/                      { hidden = 0 }
    !inside && !hidden              { print FILENAME ":" FNR ":" $0 }' |
         grep -E ":    $result *[a-z_]+\([^)]*\) const&? (noexcept )?\{")
[ $found -gt 0 ] || { echo "no accessors found"; exit 1; }
exit $bad
