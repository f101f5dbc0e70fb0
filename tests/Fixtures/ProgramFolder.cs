using GifShare.Standalone;
using GifShare.Standalone.Postgres;

namespace GifShare.Fixtures;

/// <summary>Where programs run that a test may kill: at its end whatever they left behind is ended and the folder deleted.</summary>
public sealed class ProgramFolder(string name, string data = "data") : IDisposable
{
    private readonly FolderLock _place = TestFolders.Create(name);

    public string Folder => _place.Folder;

    public string Data => Path.Combine(_place.Folder, data);

    public void Dispose()
    {
        if (Directory.Exists(Data))
        {
            using var left = FolderLock.Take(Data);
            ManagedPostgres.EndLeftovers(left);
        }

        TestFolders.Delete(_place);
    }
}
