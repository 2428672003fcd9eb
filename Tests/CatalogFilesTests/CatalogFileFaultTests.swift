import CatalogFiles
import TestSupport
import Testing

@Suite(.processorBound) struct CatalogFileFaultTests {
    @Test("A fault says where it showed, where that is known")
    func description() {
        let fault = CatalogFileFault(code: "record-count", line: 7, message: "the file has 2 records, not 3")
        #expect("\(fault)" == "record-count in line 7: the file has 2 records, not 3")
        #expect("\(CatalogFileFault(code: "empty", line: 0, message: "there is nothing"))" == "empty: there is nothing")
    }
}
