using System.Buffers;
using System.Runtime.InteropServices;

namespace GifShare.ObjectStore;

/// <summary>
/// Memory for a whole file, unmapped on disposal. Managed arrays would stay allocated: pools keep arrays of this size per thread, and
/// others are not freed before a full garbage collection.
/// </summary>
/// <remarks>Replaces ArrayPool and Microsoft.IO.RecyclableMemoryStream, which never return memory to the system.</remarks>
/// <param name="length">Bytes.</param>
sealed unsafe partial class NativeBuffer(int length) : MemoryManager<byte>
{
    const int ReadWrite = 1 | 2, PrivateAnonymous = 2 | 0x20;

    byte* start = Allocate(length);

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(start is null, this);
        return new(start, length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(start is null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length, nameof(elementIndex));
        return new(start + elementIndex);
    }

    public override void Unpin() { }

#pragma warning disable IDISP010, IDISP023 // The base's method is abstract, and there is no finalizer.
    protected override void Dispose(bool disposing)
    {
        if (start is null)
            return;
        if (OperatingSystem.IsLinux())
            _ = Unmap(start, (nuint)Math.Max(1, length));
        else
            NativeMemory.Free(start);
        start = null;
    }
#pragma warning restore IDISP010, IDISP023

    static byte* Allocate(int length)
    {
        if (!OperatingSystem.IsLinux())
            return (byte*)NativeMemory.Alloc((nuint)Math.Max(1, length));
        // Not malloc: after the first large block, glibc serves the next ones from heaps that it does not return to the system.
        var start = Map(null, (nuint)Math.Max(1, length), ReadWrite, PrivateAnonymous, -1, 0);
        return start == -1 ? throw new ObjectStoreUnavailableException("There is no memory for a file now.") : (byte*)start;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
