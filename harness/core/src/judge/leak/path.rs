//! Paths in the server's file system, as opposed to URL paths.

use super::class::Class;
use super::detector::Detector;

/// Unix paths begin after a character that cannot belong to a URL path, or after `file://`.
const fn unix(anchors: &'static [&'static str], pattern: &'static str, example: &'static str) -> Detector {
    Detector::new(Class::FilePath, "Unix file path", anchors, pattern, example).back(12).unless_shown().keep(own)
}

/// Paths that every system has, which reveal nothing about this one.
const COMMON: [&[u8]; 12] = [
    b"/etc/localtime",
    b"/etc/timezone",
    b"/etc/hosts",
    b"/usr/share/zoneinfo",
    b"/usr/bin/env",
    b"/usr/bin/python3",
    b"/usr/share/dict",
    b"/etc/ssl/certs",
    b"/etc/mime.types",
    b"/etc/os-release",
    b"/usr/share/nginx/html/index.html",
    b"/etc/resolv.conf",
];

/// Whether a path reveals something about this system.
fn own(path: &[u8]) -> bool {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    !COMMON.iter().any(|common| path.starts_with(common))
        && ![&b"/usr/bin"[..], b"/usr/local/bin", b"/usr/local"].contains(&path)
}

pub(super) const DETECTORS: &[Detector] = &[
    // Folders that only file systems have.
    unix(
        &[
            "/usr/", "/var/", "/etc/", "/proc/", "/srv/", "/tmp/", "/opt/", "/nix/store", "/private/", "/rustc/", "/root/", "/run/", "/sys/", "/dev/shm", "/boot/", "/snap/", "/lib64/", "/lib/x86_64", "/lib/aarch64", "/Library/", "/Applications/",
            "/volume1/", "/home/site/", "/www/wwwroot", "/github/workspace", "/builds/", "/layers/", "/vault/secrets", "/cloudsql/", "/workspaces/", "/System/Library", "/opt/app-root", "/hana/", "/u01/", "/u02/", "/export/home", "/cygdrive/", "/storage/emulated", "/kaggle/", "/content/drive", "/usr/home", "/databricks/", "/vercel/path", "/kunden/", "/home/", "/dev/mapper", "/dev/disk", "/dev/sd", "/dev/nvme", "/mnt/", "/data/db/", "/data/user/", "/data/app/",
            "/usr\\/", "/var\\/", "/etc\\/", "/proc\\/", "/srv\\/", "/tmp\\/", "/opt\\/", "/root\\/", "/run\\/",
        ],
        r#"(?:^|[\s"'`(\[{<>=,;:|]|file://|\\[nrt])(<P>(?:usr<P>(?:local|lib|lib64|libexec|bin|sbin|share|src|include|app|home)\b|hana<P>\w|u0[12]<P>\w|export<P>home<P>\w|cygdrive<P>[a-z]<P>|storage<P>emulated<P>\d|kaggle<P>(?:input|working)\b|content<P>drive<P>\w|databricks<P>\w|vercel<P>path\d|kunden<P>\w|data<P>(?:db|user|app)<P>\w|var<P>(?:mobile|www|log|lib|run|task|tmp|cache|spool|opt|folders|app|runtime|mail)\b|etc<P>[a-z][\w.-]|proc<P>(?:self|\d+|sys|net|cpuinfo|version)\b|srv<P>[\w.-]+<P>[\w.-]|tmp<P>[\w.-]|opt<P>[\w.-]+<P>[\w.-]|nix/store/\w|private<P>(?:var|tmp|etc)\b|rustc/[0-9a-f]{40}|root<P>(?:\.\w|[\w./-]+\.\w{1,5}\b)|run<P>(?:secrets|user|docker|containerd|systemd|postgresql|mysqld|lock|\w[\w-]*\.(?:sock|pid))\b|sys<P>(?:fs|kernel|class|devices|block)\b|dev<P>(?:shm|mapper|disk|sd[a-z]\d*|nvme\d\w*)\b|mnt<P>[\w.-]+<P>[\w.-]|home<P>[\w.-]+<P>[\w.-]+<P>[\w.-]+<P>[\w.-]|boot/(?:grub|vmlinuz|initrd|config)|snap/\w[\w-]*/(?:current|\d+)|lib64?/(?:x86_64|aarch64|ld-linux|lib\w+\.so)[\w.-]*|Library/(?:Java|Frameworks|Python|Ruby|Application Support|Logs|WebServer)\b|System/Library/\w|Applications/\w[\w .-]*\.app\b|volume1/\w|home/site/(?:wwwroot|repository|deployments)|www/wwwroot/\w|github/workspace\b|builds/[\w.-]+/[\w.-]+|layers/[\w.-]+/[\w.-]+|vault/secrets/\w|cloudsql/[\w-]+:|workspaces/[\w.-]+/[\w.-])(?:\\?/?[\w.@+~-]+)*)"#,
        "open /etc/ledger/tls.key: permission denied",
    ),
    // Folders whose names are common in URLs too: only with the extension of a source or configuration file, and not a
    // script or style of a page.
    unix(
        &[
            "/home/", "/app/", "/Users/", "/workspace/", "/code/", "/build/", "/src/", "/data/", "/mnt/", "/go/", "/repo/", "/project/", "/root/", "/lib/",
            "/home\\/", "/app\\/", "/Users\\/", "/code\\/", "/build\\/", "/src\\/", "/data\\/",
        ],
        r#"(?:^|[\s"'`(\[{<>,;:|]|file://|\\[nrt])(<P>(?:home|app|Users|workspace|code|build|src|data|mnt|go|repo|project|root|lib)(?:<P>[\w.@+~-]+)*?(?:<P>[\w@+~.-]*\.(?:pyc?|rb|erb|java|class|jar|war|go|rs|cc?|cpp|hp?p?|cs|php|p[lm]|exs?|erl|lua|swift|kt|scala|clj|hs|dart|sh|so|conf|cfg|ini|toml|env|ya?ml|log|sql|db|sqlite3?|pem|key|crt|sock|pid|properties|bak|lock|ts|[cm]js|(?:js|jsx|tsx):\d+)\b|<P>(?:src|dist|server|node_modules)<P>[\w./-]+\.[jt]sx?\b|<P>\.(?:ssh|aws|env|git|config|npmrc|kube|docker|gnupg|bash_history|cache|cargo|venv)\b))"#,
        "File not readable: /home/ledger/releases/app.py",
    ),
    unix(
        &["/home/", "/Users/", "/home\\/", "/Users\\/"],
        r#"(?:^|[\s"'`(\[{<>=,;:|]|file://|\\[nrt])(<P>home<P>(?:ubuntu|ec2-user|deploy|deployer|runner|vscode|debian|centos|jenkins|www-data|vagrant|azureuser|gitpod|circleci|nonroot|node|app|appuser|git|admin|opc|rails|sbx_user\d+|coder|jovyan|worker|service|svc\w*|dev|www|web|webapp|site|pi|user)(?:<P>[\w.@+-]+)+|<P>Users<P>[\w.-]+<P>(?:Library|Documents|Desktop|Projects|Downloads|Developer|projects|code|src|dev|work|workspace|git|repos|go|\.\w+)(?:<P>[\w.@+-]+)*)"#,
        "cwd: /home/ubuntu/ledger",
    ),
    // Any absolute path to a source, configuration, key or log file, in any folder.
    unix(
        &[
            ".py", ".rb", ".java", ".kt", ".scala", ".exs", ".erl", ".lua", ".cpp", ".hpp", ".swift", ".dart", ".pl", ".pm", ".conf", ".cfg", ".ini", ".env", ".pem",
            ".key", ".crt", ".p12", ".pfx", ".jks", ".sock", ".sqlite", ".db", ".log", ".jar", ".war", ".class", ".so", ".go", ".rs", ".cs", ".toml", ".properties",
        ],
        r#"(?:^|[\s"'`(\[{<>=,;|]|: |file://|\\[nrt])(<P>(?:[\w.@+~-]+<P>)+[\w@+~.-]*\.(?:py|rb|java|kts?|scala|exs|erl|lua|cpp|hpp|swift|dart|p[lm]|conf|cfg|ini|env(?:\.\w+)?|pem|key|crt|p12|pfx|jks|sock|sqlite3?|db|log|jar|war|class|so(?:\.\d+)*|go|rs|cs|toml|properties)\b)(?:[^\w/.?]|\.(?:\W|$)|$)"#,
        "failed to read /ledger/releases/current/settings.py",
    )
    .back(200),
    // Dependency folders, anywhere.
    Detector::new(
        Class::FilePath,
        "dependency file path",
        &["node_modules", "site-packages", "dist-packages", "/gems/", "pkg/mod/", ".cargo/registry", "BOOT-INF", "WEB-INF", ".m2/repository", "vendor/"],
        r#"(?:^|[\s"'`(\[{<>=,;:|]|file://|\\[nrt])((?:[\w.@-]+/)*(?:node_modules|(?:site|dist)-packages|gems|vendor)/(?:[\w.@+-]+/)+[\w.@+-]+\.\w{1,4}:\d+|(?:[A-Z]:|~)?(?:<P>|\\+)(?:[\w.@~+!-]+(?:<P>|\\+))*(?:node_modules|(?:site|dist)-packages|gems|pkg<P>mod|\.cargo<P>registry|BOOT-INF|WEB-INF|\.m2<P>repository)(?:<P>|\\+)[\w.@+-][\w./@\\+-]*)"#,
        "at /node_modules/express/lib/router",
    )
    .back(160),
    // Typical folders of web servers, anywhere.
    unix(
        &["/public_html", "/htdocs/", "/httpdocs/", "/wwwroot/", "/httpd.www/", "/webapps/", "/www/html/"],
        r#"(?:^|[\s"'`(\[{<>=,;:|]|file://|\\[nrt])(<P>(?:[\w.@+~-]+<P>)+(?:public_html|htdocs|httpdocs|wwwroot|httpd\.www|webapps|www<P>html)\b(?:<P>[\w.@+~-]+)*)"#,
        "Unable to read /customers/7/ledger/public_html/index.php",
    )
    .back(160),
    // A file that a system call could not find or open belongs to the server.
    Detector::new(
        Class::FilePath,
        "path in a system error",
        &["ENOENT", "EACCES", "EISDIR", "ENOTDIR", "EEXIST", "EROFS", "EPERM", "o such file or directory", "ermission denied", "s a directory", "ot a directory", "chdir(", "open(", "mkdir(", "stat(", "include(", "require(", "require_once("],
        r#"\b(?:ENOENT|EACCES|EISDIR|ENOTDIR|EEXIST|EROFS|EPERM)\b[^\n'"]{0,60}<Q>([^'"\n<>]*[/\\.][^'"\n<>]*)|(?:No such file or directory|Permission denied|Is a directory|Not a directory):? <Q>([^'"\n<>]*[/\\.][^'"\n<>]*)|\b(?:chdir|f?open|mkdir|stat|include|require|require_once)\((/[\w./@+-]+/[\w./@+-]+)\)|\b(?:open|stat|lstat|read|write|mkdir|chdir|unlink|remove|fork/exec|exec|readlink|create|scandir) ([\w.~/\\-]*[/\\.][\w./\\-]+): (?:no such file or directory|permission denied|is a directory|not a directory)"#,
        "ENOENT: no such file or directory, open '/ledger/9.png'",
    )
    .back(120)
    .unless_shown(),
    // A drive, folders, and a source or configuration file, or a system folder.
    Detector::new(
        Class::FilePath,
        "Windows file path",
        &[":\\", ":/Users/", ":/Windows/", ":/Program Files", ":/inetpub"],
        r"(?:^|[^A-Za-z0-9]|\\[nrt])([A-Za-z]:(?:\\{1,4}|/)(?:(?i:Users|Windows|Program Files(?: \(x86\))?|ProgramData|inetpub|Temp|Documents and Settings|wwwroot|xampp|wamp|jenkins|dev|src|projects|work|sites|apps?|web|agent|data|code|a|actions-runner|hostedtoolcache)(?:\\{1,4}|/)[\w .$()@-]+|(?:[^\\/:*?\x22<>|\s\x00-\x1f]+\\{1,4})+[^\\/:*?\x22<>|\s\x00-\x1f]+\.(?i:cs|vb|dll|exe|config|ini|log|py|js|ts|java|cpp|cc?|h|php|rb|go|rs|ps1|bat|cmd|aspx?|as[hm]x|svc|master|cshtml|csproj|sln|resx|pdb|mdf|ldf|sql|json|xml|ya?ml|toml|env|pem|pfx|key|crt|jar|war|class|kts?|scala|swift|lua|pl|mjs|cjs|tsx?|jsx|bak|tmp|txt|csv|dmp|sys)\b)(?:\\{1,4}[\w .$()@-]+)*)",
        r"Could not find file 'C:\inetpub\wwwroot\ledger\web.config'.",
    )
    .back(2)
    .unless_shown(),
    // `\\server\share`, or the same in JSON. After a single backslash, a letter that JSON escapes is ambiguous.
    Detector::new(
        Class::FilePath,
        "Windows network path",
        &["\\\\"],
        r#"(?:^|[\s"'`(=<>,:;])((?:\\{8}|\\{4})[A-Za-z0-9][\w.-]*(?:\\{4}|\\\\)[\w$][\w$.-]*(?:\\{2,4}[\w$ .-]+)*|\\\\[A-Za-z0-9][\w.-]{2,}\\[A-Zac-eg-moqsv-z0-9_][\w$.-]{2,}(?:\\[\w$ .-]+)*)"#,
        r"The network path \\fileserver01\ledger\archive was not found",
    )
    .back(4),
];
