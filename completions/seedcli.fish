# Completion of seedcli for fish.
# Made by `python -m seedcli.cli.completions --write`; changes here are lost.

# The command that is being typed, then the words that belong to it, a line each.
function __seedcli_line
    set -l path
    set -l words
    set -l skip no
    set -l known ' edit' ' batch' ' poll' ' resume' ' history' ' history list' ' history show' ' history runs' ' history forget' ' history replay' ' config' ' config set' ' config get' ' config unset' ' config list' ' config path' ' config profiles' ' models' ' models list' ' models show' ' doctor' ' view' ' sandbox' ' completion' ' help'
    for token in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $token --base-url --ca-bundle --color --config --count --debug-http --fault --fault-seed --files-from --fit --folder --for --format --guidance-scale --host --input --key --latency --limit --max-cost --max-images --model --older-than --output --poll-interval --port --preset --profile --prompt --prompt-file --proxy --rate --rate-limit --response-format --retries --seed --since --size --state --timeout --until -N -g -j -m -o -p -s
            set skip yes
        else if string match -q -- '-*' $token
            continue
        else if test (count $words) -eq 0; and contains -- "$path $token" $known
            set path "$path $token"
        else
            set -a words $token
        end
    end
    string trim -- "$path"
    test (count $words) -gt 0; and printf '%s\n' $words
    return 0
end

# Whether COMMAND is being typed, with exactly N words so far, or with `+` at least N.
function __seedcli_at -a command least more
    set -l line (__seedcli_line)
    test "$line[1]" = "$command"; or return 1
    test -z "$least"; and return 0
    set -l count (math (count $line) - 1)
    test $count -eq $least; and return 0
    test "$more" = +; and test $count -gt $least
end

function __seedcli_ask -a kind
    command seedcli __complete $kind 2>/dev/null
end

function __seedcli_words_model
    printf '%s\t%s\n' 'seededit' 'SeedEdit 3.0' 'seedream' 'Seedream 4.5' 'seededit-3-0-i2i-250628' 'SeedEdit 3.0' 'seedream-4-5-251128' 'Seedream 4.5'
end

function __seedcli_words_size
    printf '%s\t%s\n' 'adaptive' 'SeedEdit 3.0' '2K' 'Seedream 4.5' '4K' 'Seedream 4.5'
end

function __seedcli_words_response_format
    printf '%s\t%s\n' 'url' '' 'b64_json' ''
end

function __seedcli_words_fit
    printf '%s\t%s\n' 'original' '' 'cover' '' 'contain' ''
end

function __seedcli_words_color
    printf '%s\t%s\n' 'auto' '' 'always' '' 'never' ''
end

function __seedcli_words_format
    printf '%s\t%s\n' 'jsonl' '' 'csv' ''
end

function __seedcli_words_state
    printf '%s\t%s\n' 'intended' '' 'sent' '' 'accepted' '' 'answered' '' 'saved' '' 'failed' '' 'in_doubt' ''
end

function __seedcli_words_key
    printf '%s\t%s\n' 'api_key' 'The subscription key' 'base_url' 'The gateway to speak to' 'model' 'The model\'s name or ID' 'size' 'adaptive, 2K, 4K or WIDTHxHEIGHT' 'guidance_scale' 'How strongly the prompt is followed' 'watermark' 'Whether "AI-generated" is written on the result' 'response_format' 'How results come back' 'output' 'Where results go: a file, a folder/ or a template' 'jobs' 'How many images are in flight at once' 'rate' 'The most requests a second or minute, as 5/s or 30/min' 'retries' 'How often an undelivered one is repeated' 'timeout' 'Seconds for one edit' 'poll_interval' 'Seconds between polls' 'price_per_image' 'What one image costs, for plans and budgets' 'max_cost' 'The most a run may cost' 'embed' 'Write prompt and parameters into each result' 'keyring' 'Keep the key in the system\'s keyring' 'proxy' 'The proxy\'s URL' 'no_proxy' 'Hosts reached without the proxy' 'ca_bundle' 'A file of certificates to trust'
end

function __seedcli_words_fault
    printf '%s\t%s\n' '400' 'invalid parameters' '401' 'the key is refused' '402' 'out of credits' '403' 'no access' '403-quota' 'the call quota is used up' '404' 'no such endpoint' '413' 'body too large' '422' 'unprocessable' '429' 'rate limit, with Retry-After' '500' 'unexpected error' '502' 'a proxy\'s HTML' '503' 'temporarily unavailable' 'no-answer' 'the request is taken and nothing comes back' 'hang-up' 'the request is read and the connection closed' 'half-answer' 'the answer breaks off in the middle' 'drip' 'the answer comes a byte at a time' 'endless-1xx' '102 Processing for ever' 'html' '200 with a page in place of JSON' 'bad-json' '200 with JSON that breaks off' 'redirect' '307 to another path' 'moderation' '400: the prompt is found offensive' 'moderation-in-200' '200 whose data[] says the result is found offensive' 'empty-data' '200 with no picture in it' 'error-in-200' '200 with an error in it' 'other-shape' 'images and imageUrl in place of data and url, as seen elsewhere' 'fetch-timeout' '400: an image given as a link can\'t be downloaded' 'failing-job' 'answers with a job that fails' 'endless-job' 'answers with a job that never ends' 'poll-400' 'invalid parameters (polls)' 'poll-401' 'the key is refused (polls)' 'poll-403' 'no access (polls)' 'poll-404' 'no such endpoint (polls)' 'poll-429' 'rate limit, with Retry-After (polls)' 'poll-500' 'unexpected error (polls)' 'poll-502' 'a proxy\'s HTML (polls)' 'poll-503' 'temporarily unavailable (polls)' 'poll-no-answer' 'the request is taken and nothing comes back (polls)' 'poll-hang-up' 'the request is read and the connection closed (polls)' 'poll-half-answer' 'the answer breaks off in the middle (polls)' 'poll-drip' 'the answer comes a byte at a time (polls)' 'poll-endless-1xx' '102 Processing for ever (polls)' 'poll-html' '200 with a page in place of JSON (polls)' 'poll-bad-json' '200 with JSON that breaks off (polls)' 'poll-redirect' '307 to another path (polls)' 'poll-other-shape' 'images and imageUrl in place of data and url, as seen elsewhere (polls)' 'poll-odd-word' 'a status that nobody has heard of (polls)' 'cut-download' 'the picture breaks off in the middle' 'expired-link' '403: the link has expired' 'slow-download' 'the picture comes in small pieces with pauses' 'download-404' '404 for the picture' 'download-429' '429 for the picture' 'download-500' '500 for the picture' 'download-503' '503 for the picture' 'download-html' 'a page in place of the picture' 'download-empty' '200 with no bytes' 'download-redirect' '302 to the same picture under another path' 'download-hang-up' 'the connection is closed' 'download-no-answer' 'nothing comes back'
end

function __seedcli_words_bash_zsh_fish_powershell
    printf '%s\t%s\n' 'bash' '' 'zsh' '' 'fish' '' 'powershell' ''
end

function __seedcli_words_topic_command
    printf '%s\t%s\n' 'exit-codes' 'What each exit code means, and whether it was charged.' 'environment' 'The environment variables that are read.' 'output' 'Where results go, and what is written where.' 'json' 'The objects that --json prints.' 'privacy' 'What leaves this machine, and what is kept on it.' 'edit' 'Edit pictures with words.' 'batch' 'Edit the rows of a JSONL or CSV file.' 'poll' 'Follow jobs and download what they made.' 'resume' 'Finish what was paid for and is not saved yet; never charges.' 'history' 'What was run: list, show, replay, runs, forget.' 'config' 'Read and write the configuration.' 'models' 'The models, what each takes, and what a picture will come out as.' 'doctor' 'Is everything in order? Charges nothing.' 'view' 'Before and after: in the terminal or as one HTML file.' 'sandbox' 'A local gateway for trying things out.' 'completion' 'Print the completion script of a shell.' 'help' 'Help on a command or a topic.'
end

function __seedcli_setting -a setting
    switch $setting
        case model
            printf '%s\n' seededit seedream seededit-3-0-i2i-250628 seedream-4-5-251128
        case size
            printf '%s\n' adaptive 2K 4K
        case watermark
            printf '%s\n' true false
        case response_format
            printf '%s\n' url b64_json
        case output
            __fish_complete_path (commandline -ct)
        case embed
            printf '%s\n' true false
        case keyring
            printf '%s\n' true false
        case ca_bundle
            __fish_complete_path (commandline -ct)
    end
end

complete -c seedcli -f
complete -c seedcli -n '__seedcli_at \'\' 0' -a edit -d 'Edit pictures with words.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a batch -d 'Edit the rows of a JSONL or CSV file.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a poll -d 'Follow jobs and download what they made.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a resume -d 'Finish what was paid for and is not saved yet; never charges.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a history -d 'What was run: list, show, replay, runs, forget.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a config -d 'Read and write the configuration.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a models -d 'The models, what each takes, and what a picture will come out as.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a doctor -d 'Is everything in order? Charges nothing.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a view -d 'Before and after: in the terminal or as one HTML file.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a sandbox -d 'A local gateway for trying things out.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a completion -d 'Print the completion script of a shell.'
complete -c seedcli -n '__seedcli_at \'\' 0' -a help -d 'Help on a command or a topic.'
complete -c seedcli -n '__seedcli_at \'\'' -s V -l version -d 'Show the version.'
complete -c seedcli -n '__seedcli_at \'\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'edit\'' -s p -l prompt -d 'The change to make; then every word is an image.' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -l prompt-file -d 'Read the prompt from FILE (- for standard input).' -r -F
complete -c seedcli -n '__seedcli_at \'edit\'' -l preset -d 'Start from a prompt and options kept in the configuration.' -x -k -a '(__seedcli_ask presets)'
complete -c seedcli -n '__seedcli_at \'edit\'' -s m -l model -d 'seededit, seedream, or the ID of a model or endpoint.' -x -k -a '(__seedcli_words_model)'
complete -c seedcli -n '__seedcli_at \'edit\'' -s s -l size -d 'SeedEdit: adaptive. Seedream: 2K, 4K or WIDTHxHEIGHT.' -x -k -a '(__seedcli_words_size)'
complete -c seedcli -n '__seedcli_at \'edit\'' -l seed -d '-1 to 2147483647; the same seed, the same result.' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -s g -l guidance-scale -d '1 to 10; higher follows the prompt more, the picture less.' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -l watermark -d '"AI-generated" in the bottom right corner.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l no-watermark -d '"AI-generated" in the bottom right corner.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l response-format -d 'A link to the result, or its bytes.' -x -k -a '(__seedcli_words_response_format)'
complete -c seedcli -n '__seedcli_at \'edit\'' -s N -l count -d 'Make N results, each with a seed of its own.' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -l unchecked -d 'Skip the program\'s rules about models; the gateway decides.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l no-prepare -d 'Refuse a picture that would have to be changed to fit.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l pad -d 'Add white borders where the model does not take the aspect.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l keep-location -d 'Leave the place where it was taken in what is sent.'
complete -c seedcli -n '__seedcli_at \'edit\'' -s o -l output -d 'A file, a FOLDER/, a template with {stem}, or - (default: beside the input).' -r -F
complete -c seedcli -n '__seedcli_at \'edit\'' -s f -l force -d 'Replace an existing -o file.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l fit -d 'Bring the result to the input\'s size.' -x -k -a '(__seedcli_words_fit)'
complete -c seedcli -n '__seedcli_at \'edit\'' -l embed -d 'Write prompt, model, seed … into the result.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l no-embed -d 'Write prompt, model, seed … into the result.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l sidecar -d 'Write the JSON of each result beside it.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l strip -d 'Remove metadata from the result.'
complete -c seedcli -n '__seedcli_at \'edit\'' -s r -l recursive -d 'Take the pictures in folders.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l files-from -d 'Read image names from FILE (- for standard input).' -r -F
complete -c seedcli -n '__seedcli_at \'edit\'' -s 0 -l null -d 'Names in --files-from end with NUL, as from find -print0.'
complete -c seedcli -n '__seedcli_at \'edit\'' -s j -l jobs -d 'At most N images in flight (default 4).' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -l rate -d 'Send at most so many.' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -l no-wait -d 'Don\'t follow a job to its end.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l timeout -d 'Seconds for the edit call (default 300).' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -l retries -d 'How often a request that was not processed is repeated (default 3).' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -l retry-server-errors -d 'Repeat 5xx answers too: may bill twice.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l resend -d 'Send a request in doubt once more: may bill twice.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l poll-interval -d 'Seconds between looks at a job (default 5).' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -s n -l dry-run -d 'Send nothing; print the request that would go out.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l max-images -d 'Refuse a run of more than N images.' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -l max-cost -d 'Refuse a run that costs more (needs price_per_image).' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -s y -l yes -d 'Don\'t ask before a large run.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'edit\'' -s q -l quiet -d 'Warnings and errors only.'
complete -c seedcli -n '__seedcli_at \'edit\'' -s v -l verbose -d 'Say more about each step.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l color -d 'When to use colours.' -x -k -a '(__seedcli_words_color)'
complete -c seedcli -n '__seedcli_at \'edit\'' -l no-input -d 'Never ask.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l preview -d 'Show before and after in the terminal.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l open -d 'Open results in the system\'s viewer.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l sandbox -d 'Use a sandbox started for this command: no key, no network, no bill.'
complete -c seedcli -n '__seedcli_at \'edit\'' -l base-url -d 'Another gateway.' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'edit\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'edit\'' -l proxy -d 'Reach the gateway through a proxy.' -x
complete -c seedcli -n '__seedcli_at \'edit\'' -l ca-bundle -d 'Trust the certificates in FILE.' -r -F
complete -c seedcli -n '__seedcli_at \'edit\'' -l debug-http -d 'Log each exchange to FILE, key and images shortened.' -r -F
complete -c seedcli -n '__seedcli_at \'edit\'' -s V -l version -d 'Show the version.'
complete -c seedcli -n '__seedcli_at \'edit\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'edit\' 0 +' -F
complete -c seedcli -n '__seedcli_at \'batch\'' -l format -d 'How the manifest is written (default: by its suffix).' -x -k -a '(__seedcli_words_format)'
complete -c seedcli -n '__seedcli_at \'batch\'' -s p -l prompt -d 'The change to make, for rows that don\'t say.' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -l prompt-file -d 'Read the prompt from FILE (- for standard input).' -r -F
complete -c seedcli -n '__seedcli_at \'batch\'' -l preset -d 'Start from a prompt and options kept in the configuration.' -x -k -a '(__seedcli_ask presets)'
complete -c seedcli -n '__seedcli_at \'batch\'' -s m -l model -d 'seededit, seedream, or the ID of a model or endpoint.' -x -k -a '(__seedcli_words_model)'
complete -c seedcli -n '__seedcli_at \'batch\'' -s s -l size -d 'SeedEdit: adaptive. Seedream: 2K, 4K or WIDTHxHEIGHT.' -x -k -a '(__seedcli_words_size)'
complete -c seedcli -n '__seedcli_at \'batch\'' -l seed -d '-1 to 2147483647; the same seed, the same result.' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -s g -l guidance-scale -d '1 to 10; higher follows the prompt more, the picture less.' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -l watermark -d '"AI-generated" in the bottom right corner.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l no-watermark -d '"AI-generated" in the bottom right corner.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l response-format -d 'A link to the result, or its bytes.' -x -k -a '(__seedcli_words_response_format)'
complete -c seedcli -n '__seedcli_at \'batch\'' -s N -l count -d 'Make N results, each with a seed of its own.' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -l unchecked -d 'Skip the program\'s rules about models; the gateway decides.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l no-prepare -d 'Refuse a picture that would have to be changed to fit.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l pad -d 'Add white borders where the model does not take the aspect.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l keep-location -d 'Leave the place where it was taken in what is sent.'
complete -c seedcli -n '__seedcli_at \'batch\'' -s o -l output -d 'A file, a FOLDER/, a template with {stem}, or - (default: beside the input).' -r -F
complete -c seedcli -n '__seedcli_at \'batch\'' -s f -l force -d 'Replace an existing -o file.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l fit -d 'Bring the result to the input\'s size.' -x -k -a '(__seedcli_words_fit)'
complete -c seedcli -n '__seedcli_at \'batch\'' -l embed -d 'Write prompt, model, seed … into the result.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l no-embed -d 'Write prompt, model, seed … into the result.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l sidecar -d 'Write the JSON of each result beside it.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l strip -d 'Remove metadata from the result.'
complete -c seedcli -n '__seedcli_at \'batch\'' -s j -l jobs -d 'At most N images in flight (default 4).' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -l rate -d 'Send at most so many.' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -l no-wait -d 'Don\'t follow a job to its end.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l timeout -d 'Seconds for the edit call (default 300).' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -l retries -d 'How often a request that was not processed is repeated (default 3).' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -l retry-server-errors -d 'Repeat 5xx answers too: may bill twice.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l resend -d 'Send a request in doubt once more: may bill twice.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l poll-interval -d 'Seconds between looks at a job (default 5).' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -s n -l dry-run -d 'Send nothing; print the request that would go out.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l max-images -d 'Refuse a run of more than N images.' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -l max-cost -d 'Refuse a run that costs more (needs price_per_image).' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -s y -l yes -d 'Don\'t ask before a large run.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'batch\'' -s q -l quiet -d 'Warnings and errors only.'
complete -c seedcli -n '__seedcli_at \'batch\'' -s v -l verbose -d 'Say more about each step.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l color -d 'When to use colours.' -x -k -a '(__seedcli_words_color)'
complete -c seedcli -n '__seedcli_at \'batch\'' -l no-input -d 'Never ask.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l preview -d 'Show before and after in the terminal.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l open -d 'Open results in the system\'s viewer.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l sandbox -d 'Use a sandbox started for this command: no key, no network, no bill.'
complete -c seedcli -n '__seedcli_at \'batch\'' -l base-url -d 'Another gateway.' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'batch\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'batch\'' -l proxy -d 'Reach the gateway through a proxy.' -x
complete -c seedcli -n '__seedcli_at \'batch\'' -l ca-bundle -d 'Trust the certificates in FILE.' -r -F
complete -c seedcli -n '__seedcli_at \'batch\'' -l debug-http -d 'Log each exchange to FILE, key and images shortened.' -r -F
complete -c seedcli -n '__seedcli_at \'batch\'' -s V -l version -d 'Show the version.'
complete -c seedcli -n '__seedcli_at \'batch\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'batch\' 0' -F
complete -c seedcli -n '__seedcli_at \'poll\'' -s o -l output -d 'A file, a FOLDER/, a template with {stem}, or - (default: beside the input).' -r -F
complete -c seedcli -n '__seedcli_at \'poll\'' -s f -l force -d 'Replace an existing -o file.'
complete -c seedcli -n '__seedcli_at \'poll\'' -l no-wait -d 'Look at each job once.'
complete -c seedcli -n '__seedcli_at \'poll\'' -l timeout -d 'Seconds to follow a job (default 300).' -x
complete -c seedcli -n '__seedcli_at \'poll\'' -l poll-interval -d 'Seconds between looks at a job (default 5).' -x
complete -c seedcli -n '__seedcli_at \'poll\'' -s j -l jobs -d 'At most N images in flight (default 4).' -x
complete -c seedcli -n '__seedcli_at \'poll\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'poll\'' -s q -l quiet -d 'Warnings and errors only.'
complete -c seedcli -n '__seedcli_at \'poll\'' -s v -l verbose -d 'Say more about each step.'
complete -c seedcli -n '__seedcli_at \'poll\'' -l color -d 'When to use colours.' -x -k -a '(__seedcli_words_color)'
complete -c seedcli -n '__seedcli_at \'poll\'' -l no-input -d 'Never ask.'
complete -c seedcli -n '__seedcli_at \'poll\'' -l sandbox -d 'Use a sandbox started for this command: no key, no network, no bill.'
complete -c seedcli -n '__seedcli_at \'poll\'' -l base-url -d 'Another gateway.' -x
complete -c seedcli -n '__seedcli_at \'poll\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'poll\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'poll\'' -l proxy -d 'Reach the gateway through a proxy.' -x
complete -c seedcli -n '__seedcli_at \'poll\'' -l ca-bundle -d 'Trust the certificates in FILE.' -r -F
complete -c seedcli -n '__seedcli_at \'poll\'' -l debug-http -d 'Log each exchange to FILE, key and images shortened.' -r -F
complete -c seedcli -n '__seedcli_at \'poll\'' -s V -l version -d 'Show the version.'
complete -c seedcli -n '__seedcli_at \'poll\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'poll\' 0 +' -k -a '(__seedcli_ask jobs)'
complete -c seedcli -n '__seedcli_at \'resume\'' -l no-wait -d 'Look at each job once.'
complete -c seedcli -n '__seedcli_at \'resume\'' -l timeout -d 'Seconds to follow a job (default 300).' -x
complete -c seedcli -n '__seedcli_at \'resume\'' -l poll-interval -d 'Seconds between looks at a job (default 5).' -x
complete -c seedcli -n '__seedcli_at \'resume\'' -s j -l jobs -d 'At most N images in flight (default 4).' -x
complete -c seedcli -n '__seedcli_at \'resume\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'resume\'' -s q -l quiet -d 'Warnings and errors only.'
complete -c seedcli -n '__seedcli_at \'resume\'' -s v -l verbose -d 'Say more about each step.'
complete -c seedcli -n '__seedcli_at \'resume\'' -l color -d 'When to use colours.' -x -k -a '(__seedcli_words_color)'
complete -c seedcli -n '__seedcli_at \'resume\'' -l no-input -d 'Never ask.'
complete -c seedcli -n '__seedcli_at \'resume\'' -l sandbox -d 'Use a sandbox started for this command: no key, no network, no bill.'
complete -c seedcli -n '__seedcli_at \'resume\'' -l base-url -d 'Another gateway.' -x
complete -c seedcli -n '__seedcli_at \'resume\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'resume\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'resume\'' -l proxy -d 'Reach the gateway through a proxy.' -x
complete -c seedcli -n '__seedcli_at \'resume\'' -l ca-bundle -d 'Trust the certificates in FILE.' -r -F
complete -c seedcli -n '__seedcli_at \'resume\'' -l debug-http -d 'Log each exchange to FILE, key and images shortened.' -r -F
complete -c seedcli -n '__seedcli_at \'resume\'' -s V -l version -d 'Show the version.'
complete -c seedcli -n '__seedcli_at \'resume\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'resume\' 0 +' -k -a '(__seedcli_ask edits)'
complete -c seedcli -n '__seedcli_at \'history\' 0' -a list -d 'Edits, newest first.'
complete -c seedcli -n '__seedcli_at \'history\' 0' -a show -d 'All that is known of one edit, and what can be done about it.'
complete -c seedcli -n '__seedcli_at \'history\' 0' -a runs -d 'Runs with their counts, newest first.'
complete -c seedcli -n '__seedcli_at \'history\' 0' -a forget -d 'Remove edits from the journal.'
complete -c seedcli -n '__seedcli_at \'history\' 0' -a replay -d 'Make the same request again, as a new edit: it is charged.'
complete -c seedcli -n '__seedcli_at \'history\'' -l schema -d 'Print the JSON Schema of a result.'
complete -c seedcli -n '__seedcli_at \'history\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'history list\'' -l state -d 'intended, sent, accepted, answered, saved, failed or in_doubt.' -x -k -a '(__seedcli_words_state)'
complete -c seedcli -n '__seedcli_at \'history list\'' -l since -d 'A date (2026-11-25), or how long ago: 30m, 12h, 7d.' -x
complete -c seedcli -n '__seedcli_at \'history list\'' -l until -d 'A date (2026-11-25), or how long ago: 30m, 12h, 7d.' -x
complete -c seedcli -n '__seedcli_at \'history list\'' -l input -d 'A part of the input\'s name.' -x
complete -c seedcli -n '__seedcli_at \'history list\'' -l limit -d 'At most N, newest first (default 20; 0: all).' -x
complete -c seedcli -n '__seedcli_at \'history list\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'history list\'' -l color -d 'When to use colours.' -x -k -a '(__seedcli_words_color)'
complete -c seedcli -n '__seedcli_at \'history list\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'history show\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'history show\'' -l color -d 'When to use colours.' -x -k -a '(__seedcli_words_color)'
complete -c seedcli -n '__seedcli_at \'history show\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'history show\' 0' -k -a '(__seedcli_ask edits)'
complete -c seedcli -n '__seedcli_at \'history runs\'' -l limit -d 'At most N, newest first (default 20; 0: all).' -x
complete -c seedcli -n '__seedcli_at \'history runs\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'history runs\'' -l color -d 'When to use colours.' -x -k -a '(__seedcli_words_color)'
complete -c seedcli -n '__seedcli_at \'history runs\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'history forget\'' -l older-than -d 'Everything that ended so long ago: 30d, 12h.' -x
complete -c seedcli -n '__seedcli_at \'history forget\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'history forget\' 0 +' -k -a '(__seedcli_ask edits)'
complete -c seedcli -n '__seedcli_at \'history replay\'' -s o -l output -d 'A file, a FOLDER/, a template with {stem}, or - (default: beside the input).' -r -F
complete -c seedcli -n '__seedcli_at \'history replay\'' -s f -l force -d 'Replace an existing -o file.'
complete -c seedcli -n '__seedcli_at \'history replay\'' -l resend -d 'Send a request in doubt once more: may bill twice.'
complete -c seedcli -n '__seedcli_at \'history replay\'' -l no-wait -d 'Don\'t follow a job to its end.'
complete -c seedcli -n '__seedcli_at \'history replay\'' -l timeout -d 'Seconds for the edit call (default 300).' -x
complete -c seedcli -n '__seedcli_at \'history replay\'' -l retries -d 'How often a request that was not processed is repeated (default 3).' -x
complete -c seedcli -n '__seedcli_at \'history replay\'' -l poll-interval -d 'Seconds between looks at a job (default 5).' -x
complete -c seedcli -n '__seedcli_at \'history replay\'' -s n -l dry-run -d 'Send nothing; print the request that would go out.'
complete -c seedcli -n '__seedcli_at \'history replay\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'history replay\'' -s q -l quiet -d 'Warnings and errors only.'
complete -c seedcli -n '__seedcli_at \'history replay\'' -s v -l verbose -d 'Say more about each step.'
complete -c seedcli -n '__seedcli_at \'history replay\'' -l color -d 'When to use colours.' -x -k -a '(__seedcli_words_color)'
complete -c seedcli -n '__seedcli_at \'history replay\'' -l no-input -d 'Never ask.'
complete -c seedcli -n '__seedcli_at \'history replay\'' -l sandbox -d 'Use a sandbox started for this command: no key, no network, no bill.'
complete -c seedcli -n '__seedcli_at \'history replay\'' -l base-url -d 'Another gateway.' -x
complete -c seedcli -n '__seedcli_at \'history replay\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'history replay\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'history replay\'' -l proxy -d 'Reach the gateway through a proxy.' -x
complete -c seedcli -n '__seedcli_at \'history replay\'' -l ca-bundle -d 'Trust the certificates in FILE.' -r -F
complete -c seedcli -n '__seedcli_at \'history replay\'' -l debug-http -d 'Log each exchange to FILE, key and images shortened.' -r -F
complete -c seedcli -n '__seedcli_at \'history replay\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'history replay\' 0' -F
complete -c seedcli -n '__seedcli_at \'history replay\' 0' -k -a '(__seedcli_ask edits)'
complete -c seedcli -n '__seedcli_at \'config\' 0' -a set -d 'Set KEY to VALUE in the configuration file.'
complete -c seedcli -n '__seedcli_at \'config\' 0' -a get -d 'Print the value of KEY that is in force.'
complete -c seedcli -n '__seedcli_at \'config\' 0' -a unset -d 'Remove KEY from the configuration file, or with --keyring from there.'
complete -c seedcli -n '__seedcli_at \'config\' 0' -a list -d 'List every setting, its value and its source.'
complete -c seedcli -n '__seedcli_at \'config\' 0' -a path -d 'Print the configuration file\'s path.'
complete -c seedcli -n '__seedcli_at \'config\' 0' -a profiles -d 'List the profiles, one a line.'
complete -c seedcli -n '__seedcli_at \'config\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'config set\'' -l keyring -d 'The key in the system\'s keyring (extra keyring).'
complete -c seedcli -n '__seedcli_at \'config set\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'config set\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'config set\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'config set\' 0' -k -a '(__seedcli_words_key)'
complete -c seedcli -n '__seedcli_at \'config set\' 1 +' -k -a '(__seedcli_setting (__seedcli_line)[2])'
complete -c seedcli -n '__seedcli_at \'config get\'' -l reveal -d 'Show the key or password itself.'
complete -c seedcli -n '__seedcli_at \'config get\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'config get\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'config get\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'config get\' 0' -k -a '(__seedcli_words_key)'
complete -c seedcli -n '__seedcli_at \'config unset\'' -l keyring -d 'The key in the system\'s keyring (extra keyring).'
complete -c seedcli -n '__seedcli_at \'config unset\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'config unset\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'config unset\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'config unset\' 0' -k -a '(__seedcli_words_key)'
complete -c seedcli -n '__seedcli_at \'config list\'' -l json -d 'One JSON object a line.'
complete -c seedcli -n '__seedcli_at \'config list\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'config list\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'config list\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'config path\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'config path\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'config profiles\'' -l json -d 'One JSON object a line.'
complete -c seedcli -n '__seedcli_at \'config profiles\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'config profiles\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'config profiles\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'models\' 0' -a list -d 'Each model\'s name, sizes and limits.'
complete -c seedcli -n '__seedcli_at \'models\' 0' -a show -d 'One model in full; with --for the exact size, aspect, tokens and cost of a picture\'s result.'
complete -c seedcli -n '__seedcli_at \'models\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'models list\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'models list\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'models show\'' -l for -d 'Tell what this picture will come out as.' -r -F
complete -c seedcli -n '__seedcli_at \'models show\'' -s s -l size -d 'SeedEdit: adaptive. Seedream: 2K, 4K or WIDTHxHEIGHT.' -x -k -a '(__seedcli_words_size)'
complete -c seedcli -n '__seedcli_at \'models show\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'models show\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'models show\' 0' -k -a '(__seedcli_words_model)'
complete -c seedcli -n '__seedcli_at \'doctor\'' -l json -d 'One JSON object a line on standard output.'
complete -c seedcli -n '__seedcli_at \'doctor\'' -l color -d 'When to use colours.' -x -k -a '(__seedcli_words_color)'
complete -c seedcli -n '__seedcli_at \'doctor\'' -l sandbox -d 'Use a sandbox started for this command: no key, no network, no bill.'
complete -c seedcli -n '__seedcli_at \'doctor\'' -l base-url -d 'Another gateway.' -x
complete -c seedcli -n '__seedcli_at \'doctor\'' -l config -d 'Another configuration file.' -r -F
complete -c seedcli -n '__seedcli_at \'doctor\'' -l profile -d 'Use the settings under profiles.NAME.' -x -k -a '(__seedcli_ask profiles)'
complete -c seedcli -n '__seedcli_at \'doctor\'' -l proxy -d 'Reach the gateway through a proxy.' -x
complete -c seedcli -n '__seedcli_at \'doctor\'' -l ca-bundle -d 'Trust the certificates in FILE.' -r -F
complete -c seedcli -n '__seedcli_at \'doctor\'' -l debug-http -d 'Log each exchange to FILE, key and images shortened.' -r -F
complete -c seedcli -n '__seedcli_at \'doctor\'' -s V -l version -d 'Show the version.'
complete -c seedcli -n '__seedcli_at \'doctor\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'view\'' -l html -d 'Write one self-contained page.'
complete -c seedcli -n '__seedcli_at \'view\'' -s o -l output -d 'The page\'s file, or - (default: seedcli.html).' -r -F
complete -c seedcli -n '__seedcli_at \'view\'' -s f -l force -d 'Replace an existing -o file.'
complete -c seedcli -n '__seedcli_at \'view\'' -l open -d 'Open results in the system\'s viewer.'
complete -c seedcli -n '__seedcli_at \'view\'' -s q -l quiet -d 'Warnings and errors only.'
complete -c seedcli -n '__seedcli_at \'view\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'view\' 0 +' -F
complete -c seedcli -n '__seedcli_at \'view\' 0 +' -k -a '(__seedcli_ask edits)'
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l port -d '0 takes a free one.' -x
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l host -d 'A loopback address; no other is listened on.' -x
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l key -d 'The only key that is taken, an invented one; any other is a 401.' -x
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l folder -d 'Keep jobs and results here; without it they go with the sandbox.' -x -k -a '(__fish_complete_directories)'
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l jobs -d 'Answer every edit with a job to poll.'
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l latency -d 'Seconds that an edit, or its job, takes.' -x
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l rate-limit -d 'Edits in any one second; beyond them 429 with Retry-After. N/min works too.' -x
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l fault -d 'Let it go wrong, at this rate from 0 to 1, at most so many times. Again for more.' -x -k -a '(__seedcli_words_fault)'
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l fault-seed -d 'The same faults for the same number.' -x
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l render -d 'Draw pictures, or give the same tiny one for load tests.'
complete -c seedcli -n '__seedcli_at \'sandbox\'' -l no-render -d 'Draw pictures, or give the same tiny one for load tests.'
complete -c seedcli -n '__seedcli_at \'sandbox\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'completion\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'completion\' 0' -k -a '(__seedcli_words_bash_zsh_fish_powershell)'
complete -c seedcli -n '__seedcli_at \'help\'' -s h -l help -d 'Show this message and exit.'
complete -c seedcli -n '__seedcli_at \'help\' 0 +' -k -a '(__seedcli_words_topic_command)'
