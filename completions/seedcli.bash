# Completion of seedcli for bash 3.2 and later.
# Made by `python -m seedcli.cli.completions --write`; changes here are lost.

# What a command takes: subs, opts (long options), shorts, and kinds of its words in order.
_seedcli_command() {
  subs='' opts='' shorts='' kinds=''
  case $1 in
    '') subs='edit batch poll resume history config models doctor view sandbox completion help' opts='--version --help' shorts='-V -h' ;;
    'edit') opts='--prompt --prompt-file --preset --model --size --seed --guidance-scale --watermark --no-watermark --response-format --count --unchecked --no-prepare --pad --keep-location --output --force --fit --embed --no-embed --sidecar --strip --recursive --files-from --null --jobs --rate --no-wait --timeout --retries --retry-server-errors --resend --poll-interval --dry-run --max-images --max-cost --yes --json --quiet --verbose --color --no-input --preview --open --sandbox --base-url --config --profile --proxy --ca-bundle --debug-http --version --help' shorts='-p -m -s -g -N -o -f -r -0 -j -n -y -q -v -V -h' kinds='files...' ;;
    'batch') opts='--format --prompt --prompt-file --preset --model --size --seed --guidance-scale --watermark --no-watermark --response-format --count --unchecked --no-prepare --pad --keep-location --output --force --fit --embed --no-embed --sidecar --strip --jobs --rate --no-wait --timeout --retries --retry-server-errors --resend --poll-interval --dry-run --max-images --max-cost --yes --json --quiet --verbose --color --no-input --preview --open --sandbox --base-url --config --profile --proxy --ca-bundle --debug-http --version --help' shorts='-p -m -s -g -N -o -f -j -n -y -q -v -V -h' kinds='files' ;;
    'poll') opts='--output --force --no-wait --timeout --poll-interval --jobs --json --quiet --verbose --color --no-input --sandbox --base-url --config --profile --proxy --ca-bundle --debug-http --version --help' shorts='-o -f -j -q -v -V -h' kinds='@jobs...' ;;
    'resume') opts='--no-wait --timeout --poll-interval --jobs --json --quiet --verbose --color --no-input --sandbox --base-url --config --profile --proxy --ca-bundle --debug-http --version --help' shorts='-j -q -v -V -h' kinds='@edits...' ;;
    'history') subs='list show runs forget replay' opts='--schema --help' shorts='-h' ;;
    'history list') opts='--state --since --until --input --limit --json --color --help' shorts='-h' ;;
    'history show') opts='--json --color --help' shorts='-h' kinds='@edits' ;;
    'history runs') opts='--limit --json --color --help' shorts='-h' ;;
    'history forget') opts='--older-than --help' shorts='-h' kinds='@edits...' ;;
    'history replay') opts='--output --force --resend --no-wait --timeout --retries --poll-interval --dry-run --json --quiet --verbose --color --no-input --sandbox --base-url --config --profile --proxy --ca-bundle --debug-http --help' shorts='-o -f -n -q -v -h' kinds='files@edits' ;;
    'config') subs='set get unset list path profiles' opts='--help' shorts='-h' ;;
    'config set') opts='--keyring --profile --config --help' shorts='-h' kinds='key_words setting...' ;;
    'config get') opts='--reveal --profile --config --help' shorts='-h' kinds='key_words' ;;
    'config unset') opts='--keyring --profile --config --help' shorts='-h' kinds='key_words' ;;
    'config list') opts='--json --profile --config --help' shorts='-h' ;;
    'config path') opts='--config --help' shorts='-h' ;;
    'config profiles') opts='--json --profile --config --help' shorts='-h' ;;
    'models') subs='list show' opts='--help' shorts='-h' ;;
    'models list') opts='--json --help' shorts='-h' ;;
    'models show') opts='--for --size --json --help' shorts='-s -h' kinds='model_words' ;;
    'doctor') opts='--json --color --sandbox --base-url --config --profile --proxy --ca-bundle --debug-http --version --help' shorts='-V -h' ;;
    'view') opts='--html --output --force --open --quiet --help' shorts='-o -f -q -h' kinds='files@edits...' ;;
    'sandbox') opts='--port --host --key --folder --jobs --latency --rate-limit --fault --fault-seed --render --no-render --help' shorts='-h' ;;
    'completion') opts='--help' shorts='-h' kinds='bash_zsh_fish_powershell_words' ;;
    'help') opts='--help' shorts='-h' kinds='topic_command_words...' ;;
  esac
}

# What an option of a command takes: sets kind; fails for a switch.
_seedcli_option() {
  kind=''
  case "$1 $2" in
    'edit --jobs') kind='' ;;
    'batch --jobs') kind='' ;;
    'poll --jobs') kind='' ;;
    'resume --jobs') kind='' ;;
    *' -p' | *' --prompt' | *' --seed' | *' -g' | *' --guidance-scale' | *' -N' | *' --count' | *' -j' | *' --rate' | *' --timeout' | *' --retries' | *' --poll-interval' | *' --max-images' | *' --max-cost' | *' --base-url' | *' --proxy' | *' --since' | *' --until' | *' --input' | *' --limit' | *' --older-than' | *' --port' | *' --host' | *' --key' | *' --latency' | *' --rate-limit' | *' --fault-seed') kind='' ;;
    *' --prompt-file' | *' -o' | *' --output' | *' --files-from' | *' --config' | *' --ca-bundle' | *' --debug-http' | *' --for') kind=files ;;
    *' --preset') kind=@presets ;;
    *' -m' | *' --model') kind=model_words ;;
    *' -s' | *' --size') kind=size_words ;;
    *' --response-format') kind=response_format_words ;;
    *' --fit') kind=fit_words ;;
    *' --color') kind=color_words ;;
    *' --profile') kind=@profiles ;;
    *' --format') kind=format_words ;;
    *' --state') kind=state_words ;;
    *' --folder') kind=folders ;;
    *' --fault') kind=fault_words ;;
    *) return 1 ;;
  esac
}

# The fixed words of a kind.
_seedcli_words() {
  case $1 in
    key_words) words='api_key base_url model size guidance_scale watermark response_format output jobs rate retries timeout poll_interval price_per_image max_cost embed keyring proxy no_proxy ca_bundle' ;;
    model_words) words='seededit seedream seededit-3-0-i2i-250628 seedream-4-5-251128' ;;
    bash_zsh_fish_powershell_words) words='bash zsh fish powershell' ;;
    topic_command_words) words='exit-codes environment output json privacy edit batch poll resume history config models doctor view sandbox completion help' ;;
    size_words) words='adaptive 2K 4K' ;;
    response_format_words) words='url b64_json' ;;
    fit_words) words='original cover contain' ;;
    color_words) words='auto always never' ;;
    format_words) words='jsonl csv' ;;
    state_words) words='intended sent accepted answered saved failed in_doubt' ;;
    fault_words) words='400 401 402 403 403-quota 404 413 422 429 500 502 503 no-answer hang-up half-answer drip endless-1xx html bad-json redirect moderation moderation-in-200 empty-data error-in-200 other-shape fetch-timeout failing-job endless-job poll-400 poll-401 poll-403 poll-404 poll-429 poll-500 poll-502 poll-503 poll-no-answer poll-hang-up poll-half-answer poll-drip poll-endless-1xx poll-html poll-bad-json poll-redirect poll-other-shape poll-odd-word cut-download expired-link slow-download download-404 download-429 download-500 download-503 download-html download-empty download-redirect download-hang-up download-no-answer' ;;
    setting:model) words='seededit seedream seededit-3-0-i2i-250628 seedream-4-5-251128' ;;
    setting:size) words='adaptive 2K 4K' ;;
    setting:watermark) words='true false' ;;
    setting:response_format) words='url b64_json' ;;
    setting:embed) words='true false' ;;
    setting:keyring) words='true false' ;;
    *) words='' ;;
  esac
}

_seedcli_offer() {
  local word
  for word in $1; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}

# Names that only the program knows, quoted for the shell as file names are.
_seedcli_ask() {
  local line bare=${cur#[\"\']}
  bare=${bare//\\/}
  while IFS= read -r line; do
    line=${line%%$'\t'*}
    [[ $line == "$bare"* ]] && COMPREPLY+=("$line")
  done < <(command seedcli __complete "$1" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -gt 0 ]] && compopt -o filenames 2>/dev/null
}

# Files are readline's own to complete, and quote: it does so when nothing else is offered.
_seedcli_kind() {
  local kind=$1 words=''
  case $kind in
    *@*) _seedcli_ask "${kind##*@}" ;;
  esac
  case $kind in
    *files* | *folders*)
      if [[ ${#COMPREPLY[@]} -gt 0 || $kind == folders ]]; then
        local flag=-f found
        [[ $kind == folders ]] && flag=-d
        compopt -o filenames 2>/dev/null
        while IFS= read -r found; do
          COMPREPLY+=("$found")
        done < <(compgen "$flag" -- "$cur")
      fi
      return
      ;;
  esac
  _seedcli_words "${kind%%@*}"
  _seedcli_offer "$words"
  [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt +o default +o bashdefault 2>/dev/null
}

_seedcli() {
  local IFS=$' \t\n' cur=${COMP_WORDS[COMP_CWORD]} path='' kind='' wanted='' setting=''
  local subs opts shorts kinds word i count=0 only_words=''
  COMPREPLY=()
  _seedcli_command ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ -n $wanted ]]; then
      [[ $word == '=' ]] || wanted='' # --option=value comes as three words
    elif [[ -z $only_words && $word == -- ]]; then
      only_words=yes
    elif [[ -z $only_words && $word == -?* ]]; then
      # Of -rm the last letter takes the next word; in -mNAME the value is there already.
      if [[ $word != --* && ${#word} -gt 2 ]]; then
        _seedcli_option "$path" "${word:0:2}" && continue
        word=-${word:${#word}-1}
      fi
      _seedcli_option "$path" "$word" && wanted=${kind:-anything}
    elif [[ " $subs " == *" $word "* ]]; then
      path=${path:+$path }$word
      _seedcli_command "$path"
    else
      [[ $count -eq 0 ]] && setting=$word
      count=$((count + 1))
    fi
  done
  [[ -n $wanted && $cur == '=' ]] && cur=''
  if [[ -n $wanted ]]; then
    _seedcli_kind "$wanted"
  elif [[ -z $only_words && $cur == --* ]]; then
    _seedcli_offer "$opts"
  elif [[ -z $only_words && $cur == -* && $cur != - ]]; then
    _seedcli_offer "$shorts"
  elif [[ -z $only_words && $cur == - ]]; then
    _seedcli_offer "$opts $shorts"
  elif [[ -n $subs ]]; then
    _seedcli_offer "$subs"
    [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt +o default +o bashdefault 2>/dev/null
  else
    # shellcheck disable=SC2206 # kinds are single words
    local list=($kinds)
    kind=''
    if [[ $count -lt ${#list[@]} ]]; then
      kind=${list[count]}
    elif [[ ${#list[@]} -gt 0 && ${list[${#list[@]} - 1]} == *... ]]; then
      kind=${list[${#list[@]} - 1]}
    fi
    kind=${kind%...}
    [[ $kind == setting ]] && kind=setting:$setting
    _seedcli_kind "${kind:-nothing}"
  fi
  return 0
}

complete -o bashdefault -o default -F _seedcli seedcli
