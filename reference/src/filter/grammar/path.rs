//! Paths that leave their folder, name system files, or use another device or scheme.

/// All patterns.
pub(in crate::filter) const PATTERNS: &[&str] = &[
    r"\.\.;?[/\\]|\.\.\s*[/\\]\.\.|[/\\]\.\.(?:;|\s*$|[?#/\\])|^\s*\.\.;?\s*$|\.{2,}[/\\]{2,}|^[a-z]:\.\.",
    concat!(
        r"(?:^|[\s='\x22(:/\\>])/(?:etc|proc|sys|dev|root|boot|run|var/(?:run|log|lib|spool|backups|mail)",
        r"|private/etc|usr/(?:local/)?etc)/+[\w.*~-]",
    ),
    r"/+etc/+(?:\./+)*(?:passwd|shadow|hosts|group|hostname|issue|ssh|sudoers|crontab|fstab|ssl)\b",
    r"~(?:root|admin|www-data|daemon|bin|nobody)?/\.",
    concat!(
        r"(?:^|[/\\\s])\.(?:ssh|aws|kube|docker|gnupg|git|svn|htpasswd|htaccess|env|bash_history|netrc|npmrc",
        r"|pgpass)(?:[/\\]\w|$)",
    ),
    r"\bid_(?:rsa|ed25519|dsa|ecdsa)\b|~root\b|\broot:[^:\s]*:0:0|^~[\w-]+/",
    concat!(
        r"\b(?:file|phar|php|compress\.[a-z0-9]+|zip|jar|rar|netdoc|expect|glob|ogg|ssh2\.\w+|classpath|zlib",
        r"|data|bzip2|war|vfs|res|resource|chrome|local_file|local-file|view-source|filesystem|mhtml|its|ms-its",
        r"|mk|wsjar|bundleresource|nfs|smb|afp|cifs):(?:/{1,4}|\\{1,2}|file|http|jar|mk|@|[a-z]:)[\w/\\.@$%-]*",
    ),
    concat!(
        r"\b[a-z]:[\\/]+(?:windows|winnt|boot|inetpub|program\s?files|system32|users\\(?:admin|public|default)",
        r"|autoexec|config\.sys|pagefile|documents and settings|recycler|programdata)",
    ),
    r"%(?:systemroot|windir|appdata|userprofile|programfiles|systemdrive|programdata|comspec)%",
    r"^\\(?:windows|winnt|inetpub|users|boot|system32|program\s?files)\b",
    r"\b(?:win\.ini|boot\.ini|web\.config|web-inf|meta-inf|sam\.bak|ntuser\.dat|system32)\b",
    r"\\\\+(?:[.?]|localhost|\d+\.\d+\.\d+\.\d+|[\w.-]+@\w+\\[\w$.-]+)\\?",
    r"//[\w.?-]+(?:@\w+)?/(?:[a-z]|admin|ipc|print|netlogon|sysvol)\$|^//[?.]/|\\\\\?\\|\\\?\?\\",
    r"^\\\\[\w.:-]+[\\/]\S|\\device\\|globalroot",
    r"^\s*/+(?:proc|dev|sys|root|home/[\w-]+/\.)\S*|/proc/(?:self|\d+|version|net|mounts|cpuinfo|sched_debug)",
    r"/dev/(?:fd|stdin|tcp|random|zero|null|shm|mem)\b",
    r"(?:^|[/\\])(?:con|prn|aux|nul|com\d|lpt\d)(?:\.\w+)?(?:[/\\:]|$|\s*\.)|::\$(?:data|index_allocation)|:\$i30",
    r"\w{2}~\d(?:\.\w{3}$|[/\\]|$)",
    r"\.(?:php|jsp|asp|aspx|cgi|pl|exe)(?:\.|::|%00|;|\s|/)\S*\.(?:png|jpg|gif|txt|pdf)|\w+\.\w+;[\w./]*\.\w+$",
    r"\x00|%00|\.(?:pdf|png|txt|jpg|html?)(?:\\0|\x00)|[/\\]\.[/\\]+\.|/\./\.|\.\\\.",
];
