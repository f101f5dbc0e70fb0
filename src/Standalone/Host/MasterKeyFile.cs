using System.Security.Cryptography;

namespace GifShare.Standalone.Host;

/// <summary>The master key's file: 32 random bytes in the data folder, readable by its owner only.</summary>
internal static class MasterKeyFile
{
    private const int Length = 32;

    public static string LoadOrCreate(string dataFolder, Action<string> say)
    {
        var file = Path.Combine(dataFolder, "master.key");
        if (!File.Exists(file))
        {
            if (File.Exists(Path.Combine(dataFolder, "instance.json")))
                say($"{file} was missing, so a new one was made: everybody has to sign in again. Restore the old one from a backup if you can.");
            Create(file);
        }

        var key = File.ReadAllBytes(file);
        return key.Length == Length
            ? Convert.ToBase64String(key)
            : throw new StartFailedException($"{file} is damaged ({key.Length} bytes instead of {Length}); restore it from a backup.");
    }

    /// <summary>Creates the file atomically: written under a temporary name, flushed, then renamed.</summary>
    private static void Create(string file)
    {
        var unfinished = file + ".new";
        File.Delete(unfinished);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var stream = new FileStream(unfinished, options))
        {
            stream.Write(RandomNumberGenerator.GetBytes(Length));
            stream.Flush(flushToDisk: true);
        }

        File.Move(unfinished, file);
    }
}
